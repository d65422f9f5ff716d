// Visits of other bodies this year, as the owner tells them: who, when, the number of the paper. Warns the team before it
// checks what another body has checked already, and tells the office what its ledger may lack.

import {html, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import type {ChecklistFigure, Day, ToldVisit} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {say, word} from '../ui/strings'
import {plainDay} from '../widgets/day'
import {pick} from '../widgets/choice'
import {line} from '../widgets/text'
import type {Visit} from './visit'

const NONE: ToldVisit = {body: '', visited_on: null, document_no: ''}

export function toldVisits(visit: Visit, {id, text}: ChecklistFigure): TemplateResult {
  const told = () => visit.record.told_visits ?? []           // as they are when something is done to them
  const bodies = visit.bodies
  const change = (all: ToldVisit[]) => {
    const said = all.map(one => [word(bodies.find(({code}) => code === one.body), one.body),
      one.visited_on ? dayText(one.visited_on) : '', one.document_no].filter(Boolean).join(', ')).filter(Boolean).join('; ')
    visit.draft.change(({record}) => {
      record.told_visits = all
      if (said) record.figures[id] = said
      else delete record.figures[id]
    })
  }
  const set = (at: number, fields: Partial<ToldVisit>) => change(told().map((one, n) => n === at ? {...one, ...fields} : one))
  return html`<fieldset class="num num--told"><legend>${text}</legend>
    ${told().map((one, n) => row(visit, one, n, fields => set(n, fields), () => change(told().filter((_, at) => at !== n))))}
    <button class="lnk" type="button" @click=${() => change([...told(), NONE])}>${smallIcon('plus')}${say.told_add}</button>
  </fieldset>`
}

function row({bodies, visited}: Visit, one: ToldVisit, n: number, set: (fields: Partial<ToldVisit>) => void,
  remove: () => void): TemplateResult {
  const day = (visited_on: Day | null) => set({visited_on})
  return html`<div class="told">
    ${pick({id: `told-${n}`, label: say.told_body, chosen: one.body, all: bodies.map(body => [body.code, word(body, body.code)]),
      change: body => set({body})})}
    <div class="pair">${plainDay({id: `told-${n}-day`, label: say.told_day, value: one.visited_on,
        min: `${visited.slice(0, 4)}-01-01`, max: visited, change: day})}
      ${line({id: `told-${n}-no`, label: say.told_document, value: one.document_no,
        change: document_no => set({document_no})})}</div>
    <button class="ib" type="button" aria-label=${say.told_remove} @click=${remove}>${icon('no')}</button></div>`
}
