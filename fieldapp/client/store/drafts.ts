// Inspections and commitments that are being filled in: starting, resuming, dropping, and the pictures in them.

import {carry, takeCarried} from './carried'
import {instant} from './clock'
import {newId} from './digest'
import type {DraftRow, Origin} from './db'
import {draftOf, draftRow, edit, type Editing} from './editing'
import {StoreError} from './errors'
import type {Change} from './feed'
import {remembered} from './memory'
import {currentChecklist, factsOf, signedRecord, unit} from './replica'
import type {CommitmentDraft, Draft, InspectionDraft, OpenDraft, Place} from './draft'
import type {Commitment, Inspection, Instant, Uuid} from './shapes'
import type {Store} from './store'
import {APP} from './version'

/** How long a dropped draft can be brought back. */
export const UNDO_KEEPS_MS = 10 * 60_000

const NOWHERE: Place = {screen: '', section: '', item: '', untouched: true}

export interface DraftSummary {
  id: Uuid
  kind: Draft['kind']
  establishment: Uuid
  updated_at: Instant
  draft: Draft
  from: Origin | null              // the other phone or the colleague it came from
  kept_at: Instant | null          // when the office confirmed a copy of it last
  kept: boolean                    // that copy is as it stands now
}

/** This person's drafts, the last changed first. */
export async function drafts(store: Store): Promise<DraftSummary[]> {
  const stored = await remembered(store, 'drafts', change => concernsDrafts(store, change), () => readDrafts(store))
  return stored.map(({rev, ...one}): DraftSummary => {
    const open = openDrafts(store).get(one.id)
    return open ? {...one, draft: open.value, updated_at: open.value.updated_at, kept: one.kept && open.rev === rev} : one
  }).sort((a, b) => a.updated_at < b.updated_at ? 1 : -1)
}

/** A round of the exchange notes in the rows what the office keeps. What this tab has written it knows. */
function concernsDrafts(store: Store, change: Change): boolean {
  if (change.what === 'drafts') return !isKnown(store, change)
  return change.what === 'outbox' || change.what === 'exchange'
}

function isKnown(store: Store, {ids, rev}: Change & {what: 'drafts'}): boolean {
  return rev !== undefined && ids.every(id => openDrafts(store).get(id)?.rev === rev)
}

async function readDrafts(store: Store): Promise<(DraftSummary & {rev: number})[]> {
  const rows = (await store.run(db => db.getAll('drafts'))).filter(row => row.dropped_at === null)
  return Promise.all(rows.map(async row => {
    const {id, kind, establishment, updated_at, from, kept_at, rev, kept_rev} = row
    return {id, kind, establishment, updated_at, draft: await draftOf(store, row), from, kept_at, kept: kept_at !== null && rev === kept_rev, rev}
  }))
}

/** Resumes this person's draft inspection of the establishment, or starts one with its facts frozen.
 *  Raises StoreError not_here before the first checklist was pulled. */
export async function startInspection(store: Store, establishment: Uuid): Promise<OpenDraft<InspectionDraft>> {
  const [checklist, facts, now] = await Promise.all([currentChecklist(store), factsOf(store, establishment), store.now()])
  if (!checklist) throw new StoreError('not_here')
  const {name, position, body} = store.person
  const record: Inspection = {
    id: newId(), establishment, author: store.person.id, kind: 'planned', mode: 'on_site', outcome: 'conducted',
    bodies: body ? [body] : [], members: [{name, position}], started_at: now, ended_at: now, checklist: checklist.id,
    answers: {}, figures: {}, note: '', facts, notice: null, representative: null, opinion: '', recommendation: null,
    second_visit: null, signatures: [], refusal: null, commitment: null, photos: {}, amends: null, amend_reason: '', app: APP,
  }
  return begin(store, inspectionDraft(store, record))
}

/** Resumes this person's draft of the establishment, or starts a follow-up: only what earlier visits left open. Looking
 *  at papers and pictures that were sent needs nobody's notice; on site the visit begins with it as every other.
 *  why: its reason, where it is a second check of the year. */
export async function startFollowUp(store: Store, establishment: Uuid, mode: Inspection['mode'],
  why: Inspection['second_visit'] = null): Promise<OpenDraft<InspectionDraft>> {
  const draft = await startInspection(store, establishment)
  if (!draft.value.place.begun) {
    draft.change(({record, place}) => {
      Object.assign(record, {kind: 'follow_up', mode, second_visit: why, remedies: record.remedies ?? {}})
      place.begun = true
    })
    await draft.flush()
  }
  return draft
}

/** An amendment: a new draft that starts from a signed inspection and names it; signatures are given anew. The commitment
 *  that was signed at the visit stays the one it names. */
export async function amendInspection(store: Store, signed: Uuid): Promise<OpenDraft<InspectionDraft>> {
  const {kind, body} = await signedRecord(store, signed)
  if (kind !== 'inspection') throw new StoreError('not_here')
  const record: Inspection = {
    ...body as Inspection, id: newId(), author: store.person.id, amends: signed, amend_reason: '', signatures: [],
    refusal: null, app: APP,
  }
  return begin(store, inspectionDraft(store, record))
}

/** Resumes or starts a commitment; `inspection` is the draft visit at which it is signed, if any. */
export async function startCommitment(store: Store, establishment: Uuid, inspection: Uuid | null = null): Promise<OpenDraft<CommitmentDraft>> {
  const [commune, facts, now] = await Promise.all([unit(store), factsOf(store, establishment), store.now()])
  if (!commune) throw new StoreError('not_here')
  const {version, clauses} = commune.commitment
  const applying = clauses.filter(clause => clause.types === null || clause.types.includes(facts.type))
  const record: Commitment = {
    id: newId(), establishment, author: store.person.id, inspection, template: version,
    clauses: applying.map(clause => clause.number), signer: {name: facts.representative, capacity: 'owner'},
    signed_at: now, signed_on: '', valid_until: '', signature: null, scans: [], refusal: null, facts, notice: null, app: APP,
  }
  const at = instant(store.clock())
  return begin<CommitmentDraft>(store, {
    kind: 'commitment', id: record.id, establishment, record, place: NOWHERE, created_at: at, updated_at: at})
}

/** Opens a draft by id. Raises StoreError draft_gone. */
export async function openDraft(store: Store, id: Uuid): Promise<OpenDraft> {
  const opened = openDrafts(store)
  const there = opened.get(id)
  if (there) return there
  const row = await store.run(db => db.get('drafts', id))
  if (!row || row.dropped_at !== null) throw new StoreError('draft_gone')
  const draft = await draftOf(store, row)
  return opened.get(id) ?? keepOpen(store, edit(store, draft, row.rev))
}

/** Goes on with what the page before could not write; on a full phone in memory, told as unsaved and tried again. */
export async function goOn(store: Store): Promise<void> {
  for (const carried of await takeCarried(store)) {
    const draft = await openDraft(store, carried.id)
    draft.change(value => { Object.assign(value, carried) })
  }
}

/** Takes a draft off every list. It can be brought back with `restoreDraft` for UNDO_KEEPS_MS. */
export async function dropDraft(store: Store, id: Uuid): Promise<void> {
  await openDrafts(store).get(id)?.flush().catch(() => undefined)
  await setDropped(store, id, instant(store.clock()))
  openDrafts(store).delete(id)
}

/** Brings a dropped draft back. Raises StoreError draft_gone when it was too late. */
export async function restoreDraft(store: Store, id: Uuid): Promise<void> {
  await setDropped(store, id, null)
}

/** Removes what was dropped longer than UNDO_KEEPS_MS ago; what the office has a copy of, once it is told. */
export async function sweepDropped(store: Store): Promise<void> {
  const before = instant(store.clock() - UNDO_KEEPS_MS)
  await store.write(['drafts'], async tx => {
    const rows = tx.objectStore('drafts')
    for (const row of await rows.getAll()) {
      if (row.ended || row.dropped_at === null || row.dropped_at >= before) continue
      if (row.over.length === 0) await rows.delete(row.id)
      else await rows.put({...row, ended: 'dropped', files: []})
    }
  })
}

// ---- the drafts that are open in this tab ----

const opened = new WeakMap<Store, Map<Uuid, Editing>>()

/** The drafts that are open in this tab, by id. */
export function openDrafts(store: Store): Map<Uuid, Editing> {
  const there = opened.get(store)
  if (there) return there
  const editings = new Map<Uuid, Editing>()
  opened.set(store, editings)
  store.feed.subscribe(change => {
    if (change.what !== 'drafts' || isKnown(store, change)) return
    for (const [from, to] of change.moved ?? []) move(editings, from, to)
    for (const id of change.ids) editings.get(id)?.refresh().catch(() => editings.delete(id))
  })
  // Changes are written at once; what failed to be written gets another try when the person turns away.
  const flushAll = () => editings.forEach(editing => void editing.flush().catch(() => undefined))
  globalThis.addEventListener?.('pagehide', () => {
    flushAll()
    carry(store, editings.values())
  })
  globalThis.document?.addEventListener('visibilitychange', flushAll)
  return editings
}

/** The draft goes on under another id, with what is not written yet. */
function move(editings: Map<Uuid, Editing>, from: Uuid, to: Uuid): void {
  const editing = editings.get(from)
  if (!editing || editings.has(to)) return
  editings.delete(from)
  editings.set(to, editing)
  editing.moveTo(to).catch(() => undefined)
}

function keepOpen<D extends Draft>(store: Store, editing: Editing<D>): Editing<D> {
  openDrafts(store).set(editing.id, editing as unknown as Editing)
  return editing
}

function inspectionDraft(store: Store, record: Inspection): InspectionDraft {
  const at = instant(store.clock())
  return {
    kind: 'inspection', id: record.id, establishment: record.establishment, record, place: NOWHERE,
    extra_items: Object.keys(record.answers), created_at: at, updated_at: at,
  }
}

/** Stores a new draft, unless there is one for the same purpose: then that one. One transaction, so two tabs agree. */
async function begin<D extends Draft>(store: Store, draft: D): Promise<OpenDraft<D>> {
  const row: DraftRow = {...await draftRow(draft, 1), ended: null, over: [], kept_rev: 0, kept_sum: null, kept_at: null, from: null}
  const there = await store.write(['drafts'], async tx => {
    const same = (await tx.objectStore('drafts').index('establishment').getAll(draft.establishment))
      .find(other => other.kind === row.kind && other.about === row.about && other.dropped_at === null)
    if (!same) await tx.objectStore('drafts').put(row)
    return same
  })
  if (there) return await openDraft(store, there.id) as OpenDraft<Draft> as OpenDraft<D>
  store.feed.announce({what: 'drafts', ids: [draft.id]})
  return keepOpen(store, edit(store, draft, 1))
}

async function setDropped(store: Store, id: Uuid, at: Instant | null): Promise<void> {
  await store.write(['drafts'], async tx => {
    const row = await tx.objectStore('drafts').get(id)
    if (!row || row.ended) throw new StoreError('draft_gone')
    await tx.objectStore('drafts').put({...row, dropped_at: at, rev: row.rev + 1})
  })
  store.feed.announce({what: 'drafts', ids: [id]})
}

export type {CommitmentDraft, Draft, Ink, InspectionDraft, OpenDraft, Place, Saving, Spot} from './draft'
