// A field for words, and under every field for free words the warning against data about persons.

import {html, nothing, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import {guard} from '../rules/guard'
import {badLine, warnLine} from '../ui/parts'
import {say} from '../ui/strings'

const LETTERS_A_ROW = 32           // at 360 px
const MOST_ROWS = 8

interface TextField {
  id: string
  label: string
  value: string
  change: (value: string) => void
  bad?: string | null              // what is wrong, shown under the field
  hint?: string
  hideLabel?: boolean
  autocomplete?: string
  inputmode?: string
}

/** One line. */
export function line(field: TextField): TemplateResult {
  return wrap(field, html`<input id=${field.id} type="text" autocomplete=${field.autocomplete ?? 'off'}
    inputmode=${field.inputmode ?? nothing}
    aria-invalid=${field.bad ? 'true' : nothing} aria-describedby=${`${field.id}-bad`} .value=${live(field.value)}
    @input=${(event: InputEvent) => field.change((event.target as HTMLInputElement).value)}>`)
}

/** Several lines of free words, read by the guard while they are typed. */
export function words(field: TextField): TemplateResult {
  return wrap(field, html`<textarea id=${field.id} rows=${rowsFor(field.value)} autocomplete="off" aria-invalid=${field.bad ? 'true' : nothing}
      aria-describedby=${`${field.id}-bad`} .value=${live(field.value)}
      @input=${(event: InputEvent) => field.change((event.target as HTMLTextAreaElement).value)}></textarea>
    <div aria-live="polite">${remarks(field.value)}</div>`)
}

/** For browsers that do not let a field grow with its words by themselves. */
function rowsFor(text: string): number {
  const rows = text.split('\n').reduce((sum, part) => sum + Math.max(1, Math.ceil(part.length / LETTERS_A_ROW)), 0)
  return Math.min(MOST_ROWS, Math.max(2, rows))
}

function wrap({id, label, hideLabel, hint, bad}: TextField, control: TemplateResult): TemplateResult {
  return html`<div class="fld"><label for=${id} class=${hideLabel ? 'vh' : ''}>${label}</label>${control}
    ${bad ? badLine(`${id}-bad`, bad) : nothing}${hint ? html`<p class="hint">${hint}</p>` : nothing}</div>`
}

/** Everything the guard has seen, kind by kind, so that it can be mended in one go. */
function remarks(text: string): unknown {
  const seen = text ? guard(text) : []
  const kinds = [...new Set(seen.map(one => one.seen))]
  const told = kinds.map(kind =>
    `${say.guard[kind]}: “${seen.filter(one => one.seen === kind).map(one => one.text).join('”, “')}”`)
  return told.length ? warnLine(say.guard_text(told.join('. '))) : nothing
}
