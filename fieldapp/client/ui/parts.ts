// Small pieces of template that several screens share.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import type {Commitment} from '../store/shapes'
import {icon, smallIcon, type IconName} from './icons'
import {say, word} from './strings'
import type {Commune} from './screen'

/** The bar of a screen that one can leave upwards. */
export function bar(parent: string, title: string, sub: unknown = nothing, kind: '' | 'bar--big' | 'bar--s' = '',
  end: unknown = nothing): TemplateResult {
  return html`<div class="bar ${kind}">
    <a class="ib" href=${parent} data-back aria-label=${say.back}>${icon('back')}</a>
    <div class="bar__txt"><h1>${title}</h1>${sub === nothing || sub === '' ? nothing : html`<p class="bar__sub">${sub}</p>`}</div>${end}
  </div>`
}

/** The heading of one of the three places. */
export function placeHead(title: string, beside: unknown = nothing, below: unknown = nothing): TemplateResult {
  return html`<div class="place"><h1>${title}</h1>
    ${beside === nothing ? nothing : html`<p class="place__day">${beside}</p>`}
    ${below === nothing ? nothing : html`<p class="place__sum">${below}</p>`}</div>`
}

/** A block with a heading and a quiet word at its end. */
export function block(title: string, aside: unknown, content: unknown): TemplateResult {
  return html`<section class="blk"><div class="blk__h">
    <h2>${title}</h2>${aside === nothing || aside === '' ? nothing : html`<p>${aside}</p>`}</div>${content}</section>`
}

type NoteTone = 'due' | 'late' | 'calm'

/** A note that wants to be read: what happened, what was kept, what to press. */
export function note(tone: NoteTone, shape: IconName, title: string, content: unknown = nothing,
  rows: unknown = nothing): TemplateResult {
  return html`<section class="note note--${tone}">${icon(shape)}<div><h2>${title}</h2>${content}</div>${rows}</section>`
}

/** What to do next where there is nothing to show. */
export function empty(shape: IconName, title: string, text: string, action: unknown = nothing): TemplateResult {
  return html`<div class="empty">${icon(shape, shape === 'done' ? 'ok' : '')}<h2>${title}</h2><p>${text}</p>${action}</div>`
}

/** What somebody wrote, to go on in a sentence of ours: without its full stop. */
export function asClause(text: string): string {
  return text.replace(/[.\s]+$/, '')
}

/** A word of ours or theirs at the head of a line: "thôn" -> "Thôn". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Whether an owner signed, and when. today: for one that is not signed for good yet. */
export function commitmentWords({refusal, signed_on}: Pick<Commitment, 'refusal' | 'signed_on'>, today = ''): string {
  return asClause((refusal ? say.commitment_refused : say.commitment_signed)(dayText(signed_on || today)))
}

export function warnLine(text: string): TemplateResult {
  return html`<p class="fld__warn">${smallIcon('warn')}<span>${text}</span></p>`
}

export function badLine(id: string, text: string): TemplateResult {
  return html`<p class="fld__bad" id=${id}>${smallIcon('warn')}<span>${text}</span></p>`
}

/** The inspecting bodies by name: "Đội 178 và Trạm Y tế". */
export function bodyNames(commune: Commune, codes: readonly string[]): string {
  const names = codes.map(code => word(commune.unit.bodies.find(body => body.code === code), code))
  const last = names.pop() ?? ''
  return names.length ? names.join(', ') + say.list_and + last : last
}

/** An address without what the screen tells anyway: the commune's own name, and the area where the list is by area. */
export function shortAddress({unit}: Commune, address: string, area = ''): string {
  return [`${unit.kind} ${unit.name}`, area].reduce(withoutEnd, address)
}

function withoutEnd(address: string, end: string): string {
  const whole = address.toLowerCase().endsWith(`, ${end.toLowerCase()}`)
  return end && whole ? address.slice(0, -end.length - 2) : address
}

/** The name of an establishment type. */
export function typeName(commune: Commune, code: string): string {
  return word(commune.checklist?.types.find(type => type.code === code), code)
}
