// A day, shown the Vietnamese way whatever the phone's own way is; the phone's calendar opens over it.

import {html, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import {dayText} from '../rules/days'
import type {Day} from '../store/shapes'
import {icon} from '../ui/icons'
import {say} from '../ui/strings'

/** The phone's own calendar, wherever the field is touched. */
function open(event: Event): void {
  try { (event.target as HTMLInputElement).showPicker() } catch { /* older browsers open it by themselves */ }
}

interface DayField { id: string; label: string; small: string; value: Day; min: Day; change: (day: Day) => void }

export function dayField({id, label, small, value, min, change}: DayField): TemplateResult {
  const changed = (event: Event) => {
    const day = (event.target as HTMLInputElement).value
    if (day) change(day)
  }
  return html`<div class="fld fld--row"><label for=${id}>${label}<small>${small}</small></label>
    <div class="pick">${icon('cal')}<span aria-hidden="true">${dayText(value)}</span><input id=${id} type="date" min=${min}
      .value=${live(value)} @click=${open} @change=${changed}></div></div>`
}

interface PlainDay { id: string; label: string; value: Day | null; min: Day; max: Day; change: (day: Day | null) => void }

/** A day that may stay blank, as one field among others. */
export function plainDay({id, label, value, min, max, change}: PlainDay): TemplateResult {
  return html`<div class="fld"><label for=${id}>${label}</label><div class="pick">${icon('cal')}<span aria-hidden="true">${value
    ? dayText(value) : say.choose}</span><input id=${id} type="date" min=${min} max=${max} .value=${live(value ?? '')} @click=${open}
      @change=${(event: Event) => change((event.target as HTMLInputElement).value || null)}></div></div>`
}
