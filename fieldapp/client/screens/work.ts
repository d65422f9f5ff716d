// Việc của tôi: what to do next. Drafts and overdue findings first, then area by area.

import {html, nothing, type TemplateResult} from 'lit-html'
import {guard} from 'lit-html/directives/guard.js'
import type {Due} from '../rules/schedule'
import {remembered} from '../store/memory'
import {returned, type Returned} from '../store/verdicts'
import {smallIcon, type IconName} from '../ui/icons'
import {empty, placeHead} from '../ui/parts'
import type {App, Opener, Screen} from '../ui/screen'
import {dayLine, say} from '../ui/strings'
import {ledger, rememberHeights, type Group} from '../widgets/ledger'
import {concernsEntries, loadEntries, type Entries, type Entry} from './entries'
import {groupsByArea} from './groups'
import {distanceTo, findPosition, type Position} from './near'
import {establishmentRow} from './rows'
import {chip, nothingFound, nothingYet, searchField} from './searching'
import {returnedNote} from './verdicts'

type Filter = 'all' | 'today' | 'this_month' | 'draft' | 'overdue' | 'due_soon' | 'open' | 'not_inspected'
const FILTERS: readonly (readonly [Filter, IconName | null, string])[] = [
  ['all', null, ''], ['today', 'cal', 'none'], ['this_month', 'cal', 'none'], ['draft', 'draft', 'go'], ['overdue', 'late', 'late'],
  ['due_soon', 'due', 'due'], ['open', 'warn', 'due'], ['not_inspected', 'none', 'none'],
]
/** Shown only while they hold something: without a schedule there is no plan for today, without a draft none to go on with. */
const AT_TIMES: readonly Filter[] = ['today', 'this_month', 'draft', 'open']
const URGENCY: Record<Entry['standing']['state'],
  number> = {draft: 0, overdue: 1, due_soon: 2, not_inspected: 3, waiting: 4, inspected: 5}

// Kept while the app runs, so that coming back from an establishment finds the list as it was left.
const left: {typed: string; filter: Filter; near: Position | null} = {typed: '', filter: 'all', near: null}

export const openWork: Opener = async app => {
  let entries = await work(app)
  const refresh = () => app.draw()
  const screen: Screen = {
    get title() { return say.place.work },
    place: 'work',
    stays: true,
    head: () => html`${placeHead(say.place.work, dayLine(app.today))}${searchField(left.typed, typed => {
      left.typed = typed
      scrollTo(0, 0)
      refresh()
    })}${chips(app, entries)}`,
    body: () => entries ? html`${came(entries)}${list(app, entries)}` : nothingYet(app),
    close: rememberHeights,
    async changed(change) {
      if (concernsEntries(change)) entries = await work(app)
    },
  }
  return screen
}

interface Work extends Pick<Entries, 'all'> {
  find(typed: string, filter: Filter): readonly Entry[]   // the same again while both are
  counts: number[]                 // of each filter
  returned: Returned[]             // this person's records that the office sent back
}

/** What the office sent back comes before everything else, but for what the person looks for. */
function came({all, returned: back}: Work): TemplateResult | typeof nothing {
  const name = ({establishment: id}: Returned) => all.find(({establishment}) => establishment.id === id)?.establishment.name ?? ''
  const looking = left.typed.trim() || left.filter !== 'all' || left.near
  return back.length && !looking ? html`<div class="blk">${returnedNote(back, name)}</div>` : nothing
}

/** As it was left, while nothing has changed; null before the first pull. */
async function work(app: App): Promise<Work | null> {
  if (!app.communeKnown || !app.commune.checklist) return null
  return remembered(app.store, `work ${app.today}`, concernsEntries, () => load(app))
}

/** The entries to work on, the most urgent first, or null while there are none. */
async function load(app: App): Promise<Work | null> {
  const back = await returned(app.store)
  const {all, find} = await loadEntries(app, entry => URGENCY[entry.standing.state])
  if (all.length === 0) return null
  const mine = (entry: Entry) => entry.managed || entry.standing.draft
  const kept = all.filter(mine)
  const counts = FILTERS.map(() => 0)
  for (const entry of kept) FILTERS.forEach(([filter], n) => { if (fits(entry, filter)) counts[n]! += 1 })
  let before: {typed: string; filter: Filter; found: readonly Entry[]} = {typed: '', filter: 'all', found: kept}
  return {all: kept, counts, returned: back, find(typed, filter) {
    if (typed !== before.typed || filter !== before.filter) {
      const found = typed.trim() ? find(typed).filter(mine) : kept
      before = {typed, filter, found: filter === 'all' ? found : found.filter(entry => fits(entry, filter))}
    }
    return before.found
  }}
}

function fits({standing, due}: Entry, filter: Filter): boolean {
  switch (filter) {
    case 'all': return true
    case 'today': return due !== null && isForToday(due)
    case 'this_month': return due !== null && due.state !== 'later'
    case 'open': return standing.open.length > 0
    case 'draft': return standing.draft
    case 'overdue': return standing.overdue.length > 0
    case 'due_soon': return standing.due_soon.length > 0
    case 'not_inspected': return standing.inspected_on === null
  }
}

/** Planned for this very day, for this person or for whoever of the team goes. */
function isForToday({state, mine, entry}: Due): boolean {
  return state === 'today' && (mine || entry.inspectors.length === 0)
}

function chips(app: App, entries: Work | null): TemplateResult {
  const toggleNear = async () => {
    if (left.near) left.near = null
    else left.near = await findPosition(app, entries?.all ?? [])
    app.draw()
  }
  return html`<div class="chips" role="group" aria-label=${say.filter}>${FILTERS.map(([filter, shape, tone], n) => {
    const count = entries?.counts[n] ?? 0
    if (AT_TIMES.includes(filter) && count === 0 && left.filter !== filter) return nothing
    const choose = () => {
      left.filter = filter
      scrollTo(0, 0)
      app.draw()
    }
    return chip(left.filter === filter, choose,
      html`${shape ? smallIcon(shape, tone) : nothing}${filter === 'all' ? say.all
        : say.filters[filter] ?? say.state[filter as keyof typeof say.state]} <b>${say.number(count)}</b>`)
  })}${chip(left.near !== null, () => void toggleNear(), html`${smallIcon('near')}${say.near}`)}</div>`
}

function list(app: App, entries: Work): TemplateResult {
  const shown = entries.find(left.typed, left.filter)
  if (shown.length === 0 && (left.typed || left.filter !== 'all')) {
    return nothingFound(() => {
      Object.assign(left, {typed: '', filter: 'all'})
      app.draw()
    })
  }
  if (shown.length === 0) return empty('shop', say.no_work, say.no_work_text)
  const near = left.near
  if (near) {
    const rows = [...shown].sort((a, b) => distanceTo(near, a.establishment) - distanceTo(near, b.establishment))
    return ledger(question(), [{key: 'near', title: say.near, count: say.count(rows.length), rows}],
      entry => establishmentRow(app, entry, {beside: ({establishment}) => {
      const metres = distanceTo(near, establishment)
      return Number.isFinite(metres) ? say.distance(metres) : ''
    }}))
  }
  return html`${guard([shown, app.commune], () => ledger(question(), groups(app, shown, entries),
    (entry, {key}) => establishmentRow(app, entry, {inArea: key !== 'first' && key !== 'today'})))}`
}

function question(): string {
  return `${left.filter}|${left.typed}|${left.near ? 'near' : ''}`
}

function groups(app: App, shown: readonly Entry[], entries: Work): Group<Entry>[] {
  const today: Entry[] = [], first: Entry[] = [], rest: Entry[] = []
  for (const entry of shown) {
    const isFirst = entry.standing.draft || entry.standing.overdue.length > 0
    const where = entry.due && isForToday(entry.due) ? today : isFirst ? first : rest
    where.push(entry)
  }
  const byArea = groupsByArea(app, rest, entries.all)
  const group = (key: string, title: string, rows: Entry[]): Group<Entry>[] => rows.length ? [{key, title, count: say.count(rows.length), rows}] : []
  return [...group('today', say.todays_plan, today), ...group('first', say.first_things, first), ...byArea]
}
