// A count, typed on the numeric keypad. A blank is no answer, not a zero.

import {html, nothing, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import {badLine, warnLine} from '../ui/parts'
import {say} from '../ui/strings'

interface CountField {
  id: string
  label: string
  value: number | null
  change: (value: number | null) => void
  bad?: string | null              // wrong, must be mended
  warn?: string | null             // odd, may well be so
  small?: string                   // a quiet word under the label
}

const LARGEST = 99_999

/** A typed count; null for a blank, undefined when it is none. Thousands may be grouped by dots or spaces. */
export function readCount(typed: string): number | null | undefined {
  const digits = typed.replace(/[\s.]/g, '')
  if (digits === '') return null
  return /^\d{1,5}$/.test(digits) && Number(digits) <= LARGEST ? Number(digits) : undefined
}

// What was typed and is no number stays in the field, with a word why, until it is one. Kept by field.
const typedWrong = new Map<string, string>()

/** A row of the figures: the words left, the field right. */
export function countRow(field: CountField): TemplateResult {
  const {id, label, small, warn} = field
  return html`<div class="num"><label for=${id}>${label}${small ? html`<small>${small}</small>` : nothing}</label>
    ${input(field)}${bad(field)}<div aria-live="polite">${warn && !isWrong(id) ? warnLine(warn) : nothing}</div></div>`
}

/** A labelled field among others. */
export function countField(field: CountField): TemplateResult {
  return html`<div class="fld"><label for=${field.id}>${field.label}</label>${input(field)}${bad(field)}</div>`
}

/** Whether the field holds something that is not a number. */
export function isWrong(id: string): boolean { return typedWrong.has(id) }
export function forgetWrong(): void { typedWrong.clear() }

function input({id, value, change, bad: why}: CountField): TemplateResult {
  const typed = (event: InputEvent) => {
    const text = (event.target as HTMLInputElement).value
    const count = readCount(text)
    if (count === undefined) typedWrong.set(id, text)
    else typedWrong.delete(id)
    change(count ?? null)
  }
  return html`<input id=${id} type="text" inputmode="numeric" autocomplete="off" enterkeyhint="next"
    aria-invalid=${typedWrong.has(id) || why ? 'true' : nothing}
    aria-describedby=${`${id}-bad`} .value=${live(typedWrong.get(id) ?? (value === null ? '' : String(value)))}
      @input=${typed}>`
}

function bad({id, bad: why}: CountField): unknown {
  const text = typedWrong.has(id) ? say.not_number : why
  return text ? badLine(`${id}-bad`, text) : nothing
}
