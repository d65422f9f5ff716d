// One tap an answer: real radios that look like one segmented button, and plain options with room for a second line.

import {html, nothing, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import type {AnswerCode} from '../store/shapes'
import {icon, type IconName} from '../ui/icons'
import {say} from '../ui/strings'

export const ANSWERS: readonly (readonly [AnswerCode, IconName])[] = [
  ['dat', 'yes'], ['khong_dat', 'no'], ['khong_ap_dung', 'na'], ['chua_xem_xet', 'later'],
]

/** The four answers of an item. */
export function answerButtons(item: string, chosen: AnswerCode | undefined,
  choose: (answer: AnswerCode) => void): TemplateResult {
  return html`<div class="seg">${ANSWERS.map(([answer, shape]) => html`<div>
    <input type="radio" name="a-${item}" id="a-${item}-${answer}" value=${answer} aria-label=${say.answer_long[answer]}
      .checked=${live(chosen === answer)} @change=${() => choose(answer)}>
    <label for="a-${item}-${answer}">${icon(shape)}${say.answer[answer]}</label></div>`)}</div>`
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
