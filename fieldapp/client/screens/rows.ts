// One establishment as a row: a shape for its state, its name, what one must know today, where it is.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText, daysBetween} from '../rules/days'
import {icon, type IconName} from '../ui/icons'
import {bodyNames, shortAddress, typeName} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {originOf} from './draft_rows'
import type {Entry} from './entries'

const SHAPES: Record<Entry['standing']['state'], readonly [IconName, string]> = {
  overdue: ['late', 'late'], due_soon: ['due', 'due'], draft: ['draft', 'go'],
  waiting: ['done', 'ok'], inspected: ['done', 'ok'], not_inspected: ['none', 'none'],
}

export interface Beside {
  inArea?: boolean                 // under the heading of its area, which the address need not repeat
  beside?: (entry: Entry) => string   // words after the address, such as the distance
}

export function establishmentRow(app: App, entry: Entry, {inArea = false, beside = () => ''}: Beside = {}): TemplateResult {
  const {establishment, standing} = entry
  const [shape, tone] = entry.managed || standing.draft ? SHAPES[standing.state] : ['na' as const, 'none']
  return html`<li><a class="row" href="/app/e/${establishment.id}">${icon(shape, tone)}
    <span><span class="row__name">${establishment.name}</span>
      <span class="row__meta">${stateLine(app, entry, tone)}</span>
      <span class="row__meta">${[shortAddress(app.commune, establishment.address, inArea ? areaName(app, entry) : '')
        || typeName(app.commune, establishment.type), beside(entry)].filter(Boolean).join(', ')}</span></span>
    </a></li>`
}

function areaName(app: App, {establishment: {area}}: Entry): string {
  return (area && app.commune.areas.get(area)?.name) ?? ''
}

function stateLine(app: App, entry: Entry, tone: string): unknown {
  const {standing, establishment} = entry
  if (!entry.managed && !standing.draft) return html`<b
    class="none">${unmanagedWord(entry)}</b>, ${typeName(app.commune, establishment.type)}`
  const sending = standing.waiting && standing.state !== 'waiting' ? html`, <b class="wait">${say.waiting_word}</b>` : nothing
  return html`<b class=${tone}>${say.state[standing.state]}</b>${afterState(app, entry)}${planned(entry)}${sending}`
}

/** What the office has planned here: a quiet word, a plain one where its day has passed. */
function planned({due}: Entry): unknown {
  if (!due || due.state === 'later') return nothing
  const {day, month} = due.entry
  const words = say.row_planned(due.state, day ? dayText(day) : `${month.slice(5)}/${month.slice(0, 4)}`)
  return due.state === 'overdue' ? html`, <b class="due">${words}</b>` : `, ${words}`
}

function unmanagedWord({establishment}: Entry): string {
  if (establishment.status !== 'operating') return say.status[establishment.status] ?? ''
  return establishment.managed_until ? say.ceased : say.identified
}

function afterState(app: App, entry: Entry): unknown {
  const {standing} = entry
  const year = app.today.slice(0, 4)
  switch (standing.state) {
    case 'overdue': return ' ' + say.row_overdue(standing.overdue.length, dayText(standing.overdue[0]!.due_on))
    case 'due_soon': return ' ' + say.row_due(dayText(standing.due_soon[0]!.due_on),
      daysBetween(app.today, standing.due_soon[0]!.due_on))
    case 'draft': return ' ' + [draftWords(entry), entry.draft ? originOf(entry.draft) : ''].filter(Boolean).join(', ')
    case 'waiting': return html` ${standing.inspected_on ? dayText(standing.inspected_on) : ''}, <b
      class="wait">${say.waiting_word}</b>`
    case 'inspected': return ' ' + dayText(standing.inspected_on!)
    case 'not_inspected': {
      const other = standing.other_visit
      return other ? ', ' + say.row_other(bodyNames(app.commune, other.bodies), dayText(other.visited_on))
        : entry.due && entry.due.state !== 'later' ? '' : ' ' + say.of_year(year)
    }
  }
}

function draftWords({progress, draft}: Entry): string {
  if (progress) return say.row_draft(progress.answered, progress.total)
  return draft?.kind === 'inspection' ? say.row_follow_up_draft : say.row_commitment_draft
}
