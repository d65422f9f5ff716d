// The establishments: the office's word as last pulled, with this person's own edits laid over it until they have come
// back with a pull. The list of all is kept in memory; one of them in full is read when it is asked for.

import type {OpRow, RecordRow, Stamps, SyncRow} from './db'
import {StoreError} from './errors'
import {byCode, listed, unpack} from './listed'
import type {Change} from './feed'
import {remembered} from './memory'
import {openJson} from './seal'
import type {Establishment, Instant, Listed, Uuid} from './shapes'
import {FEW, readSnapshot, readTexts, type Snapshot} from './snapshot'
import type {Store} from './store'

/** A row of the replica in plain. */
interface Replicated { body: Establishment; stamps: Stamps }

/** The body of a field patch. */
export interface Patch { id: Uuid; fields: Record<string, {v: unknown; at: Instant; base: Uuid | null}> }

interface Edit { op: OpRow; patch: Patch }

/** Every establishment of the person's scope as lists show it, own edits included, in the order of their codes. The array
 *  and its elements are shared and kept between calls until something changes: read, do not write. */
export async function establishments(store: Store): Promise<readonly Listed[]> {
  const view = await fresh(store)
  return view.sorted ??= [...view.shown.values()].sort(byCode)
}

/** One establishment in full, with own edits, or null when it is not on this phone (any more). */
export async function establishmentOrNone(store: Store, id: Uuid): Promise<Establishment | null> {
  return (await replicated(store, [id]))[0]?.body ?? null
}

/** One establishment in full, with own edits. Raises StoreError not_here. */
export async function establishment(store: Store, id: Uuid): Promise<Establishment> {
  return (await here(store, id)).body
}

/** The stamp of each field that was edited since it was imported: what an edit is based on. */
export async function stampsOf(store: Store, id: Uuid): Promise<Stamps> {
  return (await here(store, id)).stamps
}

/** The establishment and after it the others of the same business entity, in full; none when it is not on this phone. */
export function sameEntity(store: Store, id: Uuid): Promise<readonly Establishment[]> {
  return remembered(store, `establishment ${id}`, concernsEstablishments, () => readSameEntity(store, id))
}

function concernsEstablishments(change: Change): boolean {
  return change.what === 'outbox' || (change.what === 'replica' && change.kind === 'establishment')
}

async function readSameEntity(store: Store, id: Uuid): Promise<Establishment[]> {
  const {shown} = await fresh(store)
  const entity = shown.get(id)?.entity ?? null
  const others = entity === null ? [] : [...shown.values()].filter(other => other.entity === entity && other.id !== id)
  const [one, ...rest] = await replicated(store, [id, ...others.map(other => other.id)])
  return one ? [one, ...rest].flatMap(found => found?.body ?? []) : []
}

/** Has the texts at hand that a search runs over, so that the first key need not wait for them. */
export async function prepareSearch(store: Store): Promise<void> {
  const {base} = await fresh(store)
  const texts = base ? await readTexts(store, base.made) : null
  texts?.forEach((text, n) => { base!.list[n]!.text ??= text })
}

async function here(store: Store, id: Uuid): Promise<Replicated> {
  const [found] = await replicated(store, [id])
  if (!found) throw new StoreError('not_here')
  return found
}

async function replicated(store: Store, ids: readonly Uuid[]): Promise<(Replicated | null)[]> {
  const {rows, edits} = await readRows(store, new Set(ids))
  return Promise.all(rows.map(async ({id, row}) => (
    edits.filter(({patch}) => patch.id === id).reduce(lay, row ? await openJson<Replicated>(row.sealed) : null))))
}

// ---- the list that is kept in memory ----

interface View {
  shown: Map<Uuid, Listed>
  sorted: Listed[] | null
  base: {made: Uuid; list: Listed[]} | null   // the snapshot that it began with
  stale: Set<Uuid> | 'all'
  reading: Set<Uuid> | 'all'
  learned: Set<Uuid>               // from a pull that has not told of them yet
  telling: boolean                 // of those
  turn: Promise<void>
}

const views = new WeakMap<Store, View>()

/** Keeps the list up to date. Called once, before anybody else subscribes. */
export function followEstablishments(store: Store): void {
  const view: View = {shown: new Map(), sorted: null, base: null, stale: 'all', reading: new Set(), learned: new Set(), telling: false, turn: Promise.resolve()}
  views.set(store, view)
  store.feed.subscribe(change => {
    if (change.what !== 'replica' || change.kind !== 'establishment') return
    if (change.ids === 'all') view.stale = 'all'
    else for (const id of change.ids) if (!(view.telling && view.learned.delete(id)) && view.stale !== 'all') view.stale.add(id)
  })
}

/** Takes what a pull has just stored into the list, where no edits lie over it, so that thousands need not be read again.
 *  To be called as soon as it is stored. */
export function learn(store: Store, pulled: readonly Establishment[]): void {
  const view = views.get(store)!
  for (const one of pulled) {
    if (isAmong(view.stale, one.id) || isAmong(view.reading, one.id)) continue
    view.shown.set(one.id, listed(one))
    view.learned.add(one.id)
  }
  view.sorted = null
}

/** Announces what was pulled; the list of this tab knows it already where it was learned. */
export function tellPulled(store: Store, ids: Uuid[]): void {
  const view = views.get(store)!
  view.telling = true
  store.feed.announce({what: 'replica', kind: 'establishment', ids})
  view.telling = false
}

function isAmong(ids: Set<Uuid> | 'all', id: Uuid): boolean {
  return ids === 'all' || ids.has(id)
}

/** The view with everything stale read again; readings take turns. */
async function fresh(store: Store): Promise<View> {
  const view = views.get(store)!
  const turn = view.turn.then(async () => {
    while (view.stale === 'all' || view.stale.size > 0) await refresh(store, view)
  })
  view.turn = turn.catch(() => undefined)
  await turn
  return view
}

async function refresh(store: Store, view: View): Promise<void> {
  const wanted = view.reading = view.stale
  view.stale = new Set()
  try {
    const {snapshot, rows, edits} = await readRows(store, wanted)
    if (wanted === 'all') await begin(view, snapshot)
    for (const {id, row} of rows) {
      if (row) view.shown.set(id, listed((await openJson<Replicated>(row.sealed)).body))
      else view.shown.delete(id)
    }
    for (const edit of edits) layOver(view.shown, edit)
    view.sorted = null
  } catch (failure) {
    view.stale = 'all'
    throw failure
  } finally {
    view.reading = new Set()
  }
}

async function begin(view: View, snapshot: Snapshot | null): Promise<void> {
  view.base = snapshot && {made: snapshot.made, list: unpack(await openJson(snapshot.sealed))}
  view.shown = new Map(view.base?.list.map(one => [one.id, one]))
}

/** snapshot: where all are wanted and there is one; rows: read one by one, undefined = no longer there. */
async function readRows(store: Store, wanted: Set<Uuid> | 'all') {
  const most = wanted !== 'all' && wanted.size > FEW && wanted.size * GET_COSTS > views.get(store)!.shown.size
  const read = await store.run(async db => {
    const tx = db.transaction(['snapshots', 'records', 'outbox', 'bodies', 'state'])
    const records = tx.objectStore('records')
    const [snapshot, ops, sync] = await Promise.all([
      wanted === 'all' ? readSnapshot(tx) : null, opsOf(tx.objectStore('outbox'), wanted), tx.objectStore('state').get('sync')])
    const few = wanted === 'all' ? snapshot?.changed : [...wanted]
    const everyRow = async () => (await records.getAll(IDBKeyRange.bound(['establishment'], ['establishment', []]))).map(row => ({id: row.id, row}))
    const rows = !few ? await everyRow() : most ? picked(few, await everyRow()) : await Promise.all(few.map(async id => ({id, row: await records.get(['establishment', id])})))
    const pulled = (sync as SyncRow | undefined)?.essentials?.[0] ?? 0
    const patches = ops.filter(op => op.kind === 'establishment' && stillShown(op, pulled)
      && (wanted === 'all' || wanted.has(op.record)))
    const bodies = await Promise.all(patches.map(op => tx.objectStore('bodies').get(op.sha256)))
    return {snapshot, rows, patches, bodies}
  })
  const edits = await Promise.all(read.patches.map(async (op, n): Promise<Edit> => ({op, patch: await openJson<Patch>(read.bodies[n]!.sealed)})))
  return {snapshot: read.snapshot, rows: read.rows, edits}
}

/** Asking for one row takes about as long as getting so many together. */
const GET_COSTS = 5

interface Read { id: Uuid; row: RecordRow | undefined }

function picked(ids: readonly Uuid[], all: readonly Read[]): Read[] {
  const byId = new Map(all.map(read => [read.id, read]))
  return ids.map(id => byId.get(id) ?? {id, row: undefined})
}

interface Ops { getAll(): Promise<OpRow[]>; index(name: 'establishment'): {getAll(id: Uuid): Promise<OpRow[]>} }

function opsOf(outbox: Ops, wanted: Set<Uuid> | 'all'): Promise<OpRow[]> {
  const [only] = wanted
  return wanted !== 'all' && wanted.size === 1 ? outbox.index('establishment').getAll(only!) : outbox.getAll()
}

/** Whether a patch is laid over the replica: until its receipt's commit has been pulled; a refused one is not. */
function stillShown(op: OpRow, pulled: number): boolean {
  return op.state === 'pending' || (op.state === 'acknowledged' && op.seq > pulled)
}

/** The fields of an edit that stand over what is below. */
function standing({op, patch}: Edit): [string, Patch['fields'][string]][] {
  return Object.entries(patch.fields).filter(([field]) => !op.conflicts.includes(field))
}

function lay(below: Replicated | null, edit: Edit): Replicated | null {
  const {op, patch} = edit
  const under = below ?? ('name' in patch.fields ? {body: foundInTheField(patch.id), stamps: {}} : null)
  if (!under) return null
  const fields = standing(edit)
  return {
    body: {...under.body, ...Object.fromEntries(fields.map(([field, {v}]) => [field, v]))},
    stamps: {...under.stamps, ...Object.fromEntries(fields.map(([field, {at}]) => [field, {at: op.eff?.[field] ?? at, device: '', op: op.op}]))},
  }
}

function layOver(shown: View['shown'], edit: Edit): void {
  const {id, fields} = edit.patch
  const under = shown.get(id) ?? ('name' in fields ? listed(foundInTheField(id)) : null)
  if (!under) return
  const over = standing(edit).filter(([field]) => field in under).map(([field, {v}]) => [field, v])
  shown.set(id, {...under, ...Object.fromEntries(over), text: null})
}

/** An establishment that this phone has found and the office does not know yet. */
function foundInTheField(id: Uuid): Establishment {
  return {
    id, code: '', name: '', type: 'other', address: '', area: null, entity: null, representative: '', representative_role: '',
    phone: '', rooms: null, employees: null, employees_with_contract: null, status: 'operating', review_state: 'identified',
    managed_since: null, managed_until: null, security_conditional: false, licences: [], latitude: null, longitude: null,
    note: '', summary: {visits: [], findings: [], commitment: null},
  }
}
