// What both lists show: every establishment with how it stands today, and a search over them that is built while the
// phone has nothing else to do.

import {counts, itemsFor} from '../rules/checklist'
import {due, type Due} from '../rules/schedule'
import {fold, holds, wordsOf} from '../rules/search'
import {standing, type OwnWork, type Standing} from '../rules/standing'
import {drafts, type DraftSummary} from '../store/drafts'
import type {Change} from '../store/feed'
import {searchText} from '../store/listed'
import {ownWork} from '../store/outbox'
import {checklist, establishments, prepareSearch, schedule} from '../store/replica'
import type {Day, Listed, ScheduleEntry, Seen, Uuid} from '../store/shapes'
import type {App} from '../ui/screen'

export interface Entry {
  establishment: Listed
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
export function managedOn({review_state, managed_since, managed_until}: Pick<Listed, 'review_state' | 'managed_since' | 'managed_until'>, day: Day): boolean {
  return review_state === 'managed' && (!managed_since || managed_since <= day) && (!managed_until || day < managed_until)
}

/** Every establishment, in the order of the codes; those of a lower rank first where one is asked for. */
export async function loadEntries(app: App, rank?: (entry: Entry) => number): Promise<Entries> {
  const [all, open, work, planned] = await Promise.all([
    establishments(app.store), drafts(app.store), ownWork(app.store), schedule(app.store)])
  const {body, id: person} = app.store.person
  const today = app.today
  const bodies = body ? [body] : null
  const byPlace = await draftsByPlace(app, open)
  const entries = all.map((establishment): Entry => {
    const {id, summary} = establishment
    const {draft = null, progress = null} = byPlace.get(id) ?? {}
    const own = work.get(id)
    return {
      establishment, draft, progress,
      due: dueOf(planned.get(id), summary.visits, own, today, person),
      standing: standing(establishment, withDraft(own, draft), today, bodies),
      managed: managedOn(establishment, today),
    }
  })
  prepareTexts(app, all)
  const shown = rank ? ranked(entries, rank) : entries
  return {all: shown, find: typed => search(app, shown, typed)}
}

/** The draft that each establishment's row tells of: an inspection before a commitment. */
async function draftsByPlace(app: App, open: readonly DraftSummary[]): Promise<Map<Uuid, Pick<Entry, 'draft' | 'progress'>>> {
  const byPlace = new Map<Uuid, DraftSummary>()
  for (const draft of open) if (!byPlace.has(draft.establishment) || draft.kind === 'inspection') byPlace.set(draft.establishment, draft)
  return new Map(await Promise.all([...byPlace].map(async ([id, draft]) => [id, {draft, progress: await progressOf(app, draft)}] as const)))
}

function ranked(entries: readonly Entry[], rank: (entry: Entry) => number): Entry[] {
  const ranks: Entry[][] = []
  for (const entry of entries) (ranks[rank(entry)] ??= []).push(entry)
  return ranks.flat()
}

/** Most establishments have nothing planned, and the list is long. */
function dueOf(planned: ScheduleEntry[] | undefined, visits: readonly Seen[], work: OwnWork | undefined, today: Day, person: Uuid): Due | null {
  return planned ? due(planned, [...work?.visits ?? [], ...visits], today, person) : null
}

function withDraft(work: OwnWork | undefined, draft: DraftSummary | null): OwnWork | undefined {
  return draft ? {visits: [], waiting: 0, ...work, draft_updated_at: draft.updated_at} : work
}

/** How far a draft inspection is; null for a commitment and for a follow-up. */
export async function progressOf(app: App, {draft}: DraftSummary): Promise<Entry['progress']> {
  if (draft.kind !== 'inspection' || !draft.record.checklist) return null
  if (draft.record.kind === 'follow_up') return null
  const items = itemsFor(await checklist(app.store, draft.record.checklist), draft.record.facts.type, draft.extra_items)
  return counts(items, draft.record.answers)
}

// ---- search ----

const SLICE = 300                  // folded at a time, so that no slice is felt
const PAUSE_MS = 20
const AFTER_PAINT_MS = 100
const prepared = new WeakSet<readonly Listed[]>()

function search(app: App, entries: readonly Entry[], typed: string): readonly Entry[] {
  const words = wordsOf(typed)
  if (words.length === 0) return entries
  const areas = new Map([...app.commune.areas].map(([id, {name}]) => [id, fold(name)]))
  return entries.filter(({establishment}) => holds(words, searchText(establishment), areas.get(establishment.area ?? '')))
}

/** Makes the texts of a search ready soon after the list is drawn; whoever types before that waits once. */
function prepareTexts(app: App, all: readonly Listed[]): void {
  if (prepared.has(all)) return
  prepared.add(all)
  const goOn = (from: number) => {
    for (const one of all.slice(from, from + SLICE)) searchText(one)
    if (from + SLICE < all.length) setTimeout(goOn, PAUSE_MS, from + SLICE)
  }
  setTimeout(() => prepareSearch(app.store).catch(console.error).finally(() => goOn(0)), AFTER_PAINT_MS)
}
