// The figures taken at a visit: counts on the numeric keypad, never lists. Each stands in the section it belongs to.

import {html, nothing, type TemplateResult} from 'lit-html'
import {figureRemark, registered} from '../rules/figures'
import type {ChecklistFigure} from '../store/shapes'
import {say} from '../ui/strings'
import {countRow, isWrong} from '../widgets/number'
import {words} from '../widgets/text'
import {toldVisits} from './told'
import type {Visit} from './visit'

/** Stands for the section of what belongs to none. */
export const FIGURES = '#'

/** The figures that are asked in a section. */
export function sectionFigures({figures}: Visit, section: string): ChecklistFigure[] {
  return figures.filter(figure => figure.section === section)
}

/** The figures without a section, or of one that this visit does not have. */
export function looseFigures({figures, items}: Visit): ChecklistFigure[] {
  return figures.filter(({section}) => !section || !items.some(item => item.section === section))
}

export function figureRows(visit: Visit, figures: readonly ChecklistFigure[]): unknown {
  if (figures.length === 0) return nothing
  return html`<div class="nums" @keydown=${onward}>${figures.map(figure => html`<div
    id="item-${figure.id}">${row(visit, figure)}</div>`)}</div>`
}

function row(visit: Visit, figure: ChecklistFigure): TemplateResult {
  const {draft, record} = visit
  const {id, text, value: kind} = figure
  const value = record.figures[id]
  const set = (taken: number | string | null) => draft.change(({record: it}) => {
    if (taken === null || taken === '') delete it.figures[id]
    else it.figures[id] = taken
  })
  if (kind === 'visits') return toldVisits(visit, figure)
  if (kind === 'text') return html`<div class="num">${words({id: `f-${id}`, label: text, value: String(value ?? ''),
    change: set})}</div>`
  const known = registered(id, record.facts)
  return countRow({id: `f-${id}`, label: text, small: known === null ? '' : say.figure_registered(known),
    value: typeof value === 'number' ? value : null, warn: remarkOn(visit, figure), change: set})
}

/** Whether what was typed in the field of a figure is no count, and so is not in the record. */
export function isUnread({id}: ChecklistFigure): boolean { return isWrong(`f-${id}`) }

/** What to look at again in a figure, in words; null = nothing. */
export function remarkOn({record}: Visit, figure: ChecklistFigure): string | null {
  if (isUnread(figure)) return say.not_number
  const found = figureRemark(figure, record.figures, record.facts)
  if (!found) return null
  return found.what === 'more_than_whole' ? say.figure_max(found.whole) : say.figure_far(found.registered)
}

/** "Next" on the keypad goes to the next figure, wherever it is. */
function onward(event: KeyboardEvent): void {
  const input = event.target as HTMLInputElement
  if (event.key !== 'Enter' || input.inputMode !== 'numeric') return
  event.preventDefault()
  const all = [...document.querySelectorAll<HTMLInputElement>('.nums input[inputmode="numeric"]')]
  const next = all[all.indexOf(input) + 1]
  if (next && next.closest('.nums') === input.closest('.nums')) next.focus()
  else input.blur()
}
