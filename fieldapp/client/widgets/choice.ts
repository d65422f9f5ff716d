// One tap an answer: real radios that look like one segmented button, and plain options with room for a second line.

import {html, nothing, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import type {AnswerCode} from '../store/shapes'
import {icon, type IconName} from '../ui/icons'
import {badLine} from '../ui/parts'
import {say} from '../ui/strings'

export const ANSWERS: readonly (readonly [AnswerCode, IconName])[] = [
  ['dat', 'yes'], ['khong_dat', 'no'], ['khong_ap_dung', 'na'], ['chua_xem_xet', 'later'],
]

// A label that is touched would have the focus go to the page first, then to its radio. A field that is typed in is left.
const stay = (event: Event) => { if (!document.activeElement?.matches('textarea, [type="text"]')) event.preventDefault() }

/** The four answers of an item. last: the one of the visit before, quietly marked. */
export function answerButtons(item: string, chosen: AnswerCode | undefined, last: AnswerCode | undefined,
  choose: (answer: AnswerCode) => void): TemplateResult {
  return html`<div class="seg" @mousedown=${stay}>${ANSWERS.map(([answer, shape]) => html`<div class=${answer === last ? 'seg__was' : nothing}>
    <input type="radio" name="a-${item}" id="a-${item}-${answer}" value=${answer}
      aria-label=${answer === last ? say.as_last(say.answer_long[answer]) : say.answer_long[answer]}
      .checked=${live(chosen === answer)} @change=${() => choose(answer)}>
    <label for="a-${item}-${answer}">${icon(shape)}${say.answer[answer]}</label></div>`)}</div>`
}

interface Segment<T extends string> { value: T; shape: IconName; label: string }

/** Three or four answers side by side. */
export function segments<T extends string>(name: string, all: readonly Segment<T>[], chosen: T | undefined,
  choose: (value: T) => void): TemplateResult {
  return html`<div class="seg seg--3" @mousedown=${stay}>${all.map(({value, shape, label}) => html`<div>
    <input type="radio" name=${name} id="${name}-${value}" value=${value} .checked=${live(chosen === value)}
      @change=${() => choose(value)}>
    <label for="${name}-${value}">${icon(shape)}${label}</label></div>`)}</div>`
}

export interface Option<T extends string> { value: T; label: unknown; small?: unknown }

/** Options of which one is chosen. columns: how many where there is room. */
export function options<T extends string>(name: string, legend: unknown, all: readonly Option<T>[], chosen: T | null,
  choose: (value: T) => void, columns: 1 | 2 | 3 = 1): TemplateResult {
  return html`<fieldset><legend class="h2">${legend}</legend>
    <div class="opts ${columns > 1 ? `opts--${columns}` : ''}">${all.map(({value, label, small}) => html`
    <label class="opt"><input type="radio" name=${name} value=${value} .checked=${live(chosen === value)}
      @change=${() => choose(value)}>
      <span>${label}${small ? html`<small>${small}</small>` : nothing}</span></label>`)}</div></fieldset>`
}

/** An option of which any number may be chosen. */
export function tick(label: unknown, checked: boolean, change: (checked: boolean) => void,
  small: unknown = nothing): TemplateResult {
  return html`<label class="opt"><input type="checkbox" .checked=${live(checked)}
    @change=${(event: Event) => change((event.target as HTMLInputElement).checked)}>
    <span>${label}${small === nothing ? nothing : html`<small>${small}</small>`}</span></label>`
}

export interface Pick {
  id: string
  label: string
  chosen: string
  all: readonly (readonly [value: string, label: string])[]
  change: (value: string) => void
  bad?: string | null
}

/** One of many, from the phone's own list. */
export function pick({id, label, chosen, all, change, bad = null}: Pick): TemplateResult {
  return html`<div class="fld"><label for=${id}>${label}</label>
    <select id=${id} aria-invalid=${bad ? 'true' : nothing} aria-describedby="${id}-bad" .value=${live(chosen)}
      @change=${(event: Event) => change((event.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${chosen === ''}>${say.choose}</option>${all.map(([value, name]) => html`<option
        value=${value} ?selected=${value === chosen}>${name}</option>`)}</select>
    ${bad ? badLine(`${id}-bad`, bad) : nothing}</div>`
}

/** Words that are often said: one tap puts them into the field. */
export function phrases(label: string, all: readonly string[], choose: (phrase: string) => void): TemplateResult {
  return html`<div class="phrases" role="group" aria-label=${label}>${all.map(phrase => html`<button class="chip"
    type="button" @click=${() => choose(phrase)}><span>${phrase}</span></button>`)}</div>`
}
