// What both lists show: every establishment with how it stands today, and a search over them that is built while the
// phone has nothing else to do.

import {counts, itemsFor} from '../rules/checklist'
import {due, type Due} from '../rules/schedule'
import {index, type Index} from '../rules/search'
import {standing, type OwnWork, type Standing} from '../rules/standing'
import {drafts, type DraftSummary} from '../store/drafts'
import type {Change} from '../store/feed'
import {ownWork} from '../store/outbox'
import {checklist, establishments, schedule} from '../store/replica'
import type {Day, Establishment, ScheduleEntry, Uuid} from '../store/shapes'
import type {App} from '../ui/screen'

export interface Entry {
  establishment: Establishment
  standing: Standing
  managed: boolean                 // under management today
  due: Due | null                  // what the office has planned here and nobody has done
  draft: DraftSummary | null
  progress: {answered: number; total: number} | null   // of a draft inspection
}

export interface Entries {
  all: readonly Entry[]
  find(typed: string): readonly Entry[]
}

/** Whether a change may alter what the lists show. */
export function concernsEntries(change: Change): boolean {
  if (change.what === 'replica') return ['establishment', 'area', 'checklist', 'unit', 'review', 'schedule_entry'].includes(change.kind)
  return change.what === 'drafts' || change.what === 'outbox'
}

/** Whether an establishment is under management on a day. */
export function managedOn(establishment: Establishment, day: Day): boolean {
  const {review_state, managed_since, managed_until} = establishment
  return review_state === 'managed' && (!managed_since || managed_since <= day) && (!managed_until || day < managed_until)
}

/** Every establishment, in the order asked for or that of the codes. */
export async function loadEntries(app: App, order?: (a: Entry, b: Entry) => number): Promise<Entries> {
  const [all, open, work, planned] = await Promise.all([
    establishments(app.store), drafts(app.store), ownWork(app.store), schedule(app.store)])
  const {body, id: person} = app.store.person
  const today = app.today
  const byPlace = new Map<Uuid, DraftSummary>()
  for (const draft of open) if (!byPlace.has(draft.establishment)
    || draft.kind === 'inspection') byPlace.set(draft.establishment, draft)
  const entries = await Promise.all(all.map(async (establishment): Promise<Entry> => {
    const draft = byPlace.get(establishment.id) ?? null
    return {
      establishment, draft,
      due: dueOf(planned.get(establishment.id), establishment, work.get(establishment.id), today, person),
      standing: standing(establishment, withDraft(work.get(establishment.id), draft), today, body ? [body] : null),
      managed: managedOn(establishment, today),
      progress: draft ? await progressOf(app, draft) : null,
    }
  }))
  const find = searchOf(app, all, entries)
  if (!order) return {all: entries, find}
  const sorted = [...entries].sort(order)
  return {all: sorted, find(typed) {
    const hits = new Set(find(typed))      // found in the order of the codes; shown in the order asked for
    return sorted.filter(entry => hits.has(entry))
  }}
}

/** Most establishments have nothing planned, and the list is long. */
function dueOf(planned: ScheduleEntry[] | undefined, {summary}: Establishment, work: OwnWork | undefined, today: Day, person: Uuid): Due | null {
  return planned ? due(planned, [...work?.visits ?? [], ...summary.visits], today, person) : null
}

function withDraft(work: OwnWork | undefined, draft: DraftSummary | null): OwnWork | undefined {
  return draft ? {visits: [], waiting: 0, ...work, draft_updated_at: draft.updated_at} : work
}

/** How far a draft inspection is; null for a commitment and for a follow-up. */
export async function progressOf(app: App, {draft}: DraftSummary): Promise<{answered: number; total: number} | null> {
  if (draft.kind !== 'inspection' || !draft.record.checklist) return null
  if (draft.record.kind === 'follow_up') return null
  const items = itemsFor(await checklist(app.store, draft.record.checklist), draft.record.facts.type, draft.extra_items)
  return counts(items, draft.record.answers)
}

// ---- search ----

const SLICE = 400                  // folded at a time, so that no slice is felt
const indexes = new WeakMap<readonly Establishment[], Index<number>[]>()

function searchOf(app: App, all: readonly Establishment[], entries: readonly Entry[]): Entries['find'] {
  const slices = indexes.get(all) ?? []
  indexes.set(all, slices)
  const fold = () => {
    const from = slices.length * SLICE
    const numbers = all.slice(from, from + SLICE).map((_, n) => from + n)
    slices.push(index(numbers, n => textOf(app, all[n]!)))
  }
  const whole = () => slices.length * SLICE >= all.length
  const later = () => {
    if (whole()) return
    fold()
    setTimeout(later, 20)
  }
  setTimeout(later, 400)
  return typed => {
    if (!typed.trim()) return entries
    while (!whole()) fold()
    return slices.flatMap(slice => slice.find(typed)).map(n => entries[n]!)
  }
}

function textOf(app: App, {name, address, code, area}: Establishment): string {
  return `${name} ${address} ${(area && app.commune.areas.get(area)?.name) ?? ''} ${code}`
}
