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
import type {Day, Listed, ScheduleEntry, Uuid} from '../store/shapes'
import type {Person} from '../store/store'
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

/** The entries of establishments where nothing is under way, each at its place in the list. Most of thousands are such, and
 *  the same as before. */
let kept: {of: string; plain: readonly (Entry | null)[]} = {of: '', plain: []}

/** Every establishment, in the order of the codes; those of a lower rank first where one is asked for. */
export async function loadEntries(app: App, rank?: (entry: Entry) => number): Promise<Entries> {
  const [all, open, work, planned] = await Promise.all([
    establishments(app.store), drafts(app.store), ownWork(app.store), schedule(app.store)])
  const byPlace = await draftsByPlace(app, open)
  const {today, store: {person}} = app
  const of = `${person.id} ${today}`
  const before = kept.of === of ? kept.plain : []
  const plain: (Entry | null)[] = []
  const entries = all.map((establishment, n): Entry => {
    const known = byPlace.get(establishment.id)
    const own = work.get(establishment.id)
    const plan = planned.get(establishment.id)
    const same = before[n]?.establishment === establishment ? before[n] : null
    const entry = known || own || plan || !same ? entryOf(person, today, establishment, known, own, plan) : same
    plain.push(known || own || plan ? null : entry)
    return entry
  })
  kept = {of, plain}
  prepareTexts(app, all)
  const shown = rank ? ranked(entries, rank) : entries
  return {all: shown, find: searchOver(app, shown)}
}

type OfDraft = Pick<Entry, 'draft' | 'progress'>

function entryOf(person: Person, today: Day, establishment: Listed, {draft, progress}: OfDraft = NO_DRAFT,
  work?: OwnWork, planned?: ScheduleEntry[]): Entry {
  return {
    establishment, draft, progress,
    due: planned ? due(planned, [...work?.visits ?? [], ...establishment.summary.visits], today, person.id) : null,
    standing: standing(establishment, withDraft(work, draft), today, person.body ? [person.body] : null),
    managed: managedOn(establishment, today),
  }
}

const NO_DRAFT: OfDraft = {draft: null, progress: null}

/** The draft that each establishment's row tells of: an inspection before a commitment. */
async function draftsByPlace(app: App, open: readonly DraftSummary[]): Promise<Map<Uuid, OfDraft>> {
  const byPlace = new Map<Uuid, DraftSummary>()
  for (const draft of open) if (!byPlace.has(draft.establishment) || draft.kind === 'inspection') byPlace.set(draft.establishment, draft)
  return new Map(await Promise.all([...byPlace].map(async ([id, draft]) => [id, {draft, progress: await progressOf(app, draft)}] as const)))
}

function ranked(entries: readonly Entry[], rank: (entry: Entry) => number): Entry[] {
  const ranks: Entry[][] = []
  for (const entry of entries) (ranks[rank(entry)] ??= []).push(entry)
  return ranks.flat()
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

/** With every further letter, what is looked through is what was found before it. */
function searchOver(app: App, entries: readonly Entry[]): (typed: string) => readonly Entry[] {
  let before = {words: '', found: entries}
  let areas: {of: unknown; folded: Map<Uuid, string>} = {of: null, folded: new Map()}
  return typed => {
    const wanted = wordsOf(typed)
    const words = wanted.join(' ')
    if (areas.of !== app.commune) areas = {of: app.commune, folded: new Map([...app.commune.areas].map(([id, {name}]) => [id, fold(name)]))}
    const among = words.startsWith(before.words) ? before.found : entries
    if (words !== before.words) {
      before = {words, found: among.filter(({establishment}) => holds(wanted, searchText(establishment), areas.folded.get(establishment.area ?? '')))}
    }
    return before.found
  }
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
