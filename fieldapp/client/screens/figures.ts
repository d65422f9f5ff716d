// The figures taken at a visit: counts on the numeric keypad, never lists.

import {html, type TemplateResult} from 'lit-html'
import type {ChecklistFigure} from '../store/shapes'
import {say} from '../ui/strings'
import {countRow} from '../widgets/number'
import {words} from '../widgets/text'
import type {Visit} from './visit'

/** Stands for their section, which the checklist does not have. */
export const FIGURES = '#'

export function figureRows(visit: Visit): TemplateResult {
  return html`${visit.figures.map(figure => html`<div id="item-${figure.id}">${row(visit, figure)}</div>`)}
    <p class="hint pad-in">${say.figures_hint}</p>`
}

function row({draft, record}: Visit, {id, text, value: kind, max_of}: ChecklistFigure): TemplateResult {
  const value = record.figures[id]
  const set = (figure: number | string | null) => draft.change(({record: it}) => {
    if (figure === null || figure === '') delete it.figures[id]
    else it.figures[id] = figure
  })
  if (kind === 'text') return html`<div class="num">${words({id: `f-${id}`, label: text, value: String(value ?? ''),
    change: set})}</div>`
  const whole = max_of === null ? undefined : record.figures[max_of]
  const over = typeof value === 'number' && typeof whole === 'number' && value > whole
  return countRow({id: `f-${id}`, label: text, value: typeof value === 'number' ? value : null, bad: over
    ? say.figure_max(whole) : null, change: set})
}
