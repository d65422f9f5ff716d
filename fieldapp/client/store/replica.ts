// What the phone knows of the commune: the office's word as last pulled, with this person's own edits laid over it
// until they have come back with a pull.

import type {OpRow, Stamps, SyncRow} from './db'
import {FRESH} from './db'
import {StoreError} from './errors'
import {openJson} from './seal'
import type {
  Area, BusinessEntity, Checklist, Commitment, Establishment, Facts, Inspection, Instant, ScheduleEntry, Sha256, Unit, Uuid,
} from './shapes'
import {readSnapshot} from './snapshot'
import type {Store} from './store'
import {mended, openTold, type Told} from './told'

/** A row of the replica in plain. */
export interface Replicated<T> { body: T; stamps: Stamps }

/** The body of a field patch. */
export interface Patch { id: Uuid; fields: Record<string, {v: unknown; at: Instant; base: Uuid | null}> }

/** Where the replica stands. */
export async function standpoint(store: Store): Promise<SyncRow> {
  return await store.run(db => db.get('state', 'sync')) ?? FRESH
}

/** The commune, or null before the first pull of a person enrolled without one. */
export async function unit(store: Store): Promise<Unit | null> {
  return (await all<Unit>(store, 'unit'))[0] ?? null
}

/** All areas, by name. */
export async function areas(store: Store): Promise<Area[]> {
  const found = await all<Area>(store, 'area')
  const order = new Intl.Collator('vi', {numeric: true})
  return [...found].sort((a, b) => order.compare(a.name, b.name))
}

export async function entities(store: Store): Promise<Map<Uuid, BusinessEntity>> {
  return new Map((await all<BusinessEntity>(store, 'business_entity')).map(entity => [entity.id, entity]))
}

/** The checklist that new inspections use, or null before the first pull. */
export async function currentChecklist(store: Store): Promise<Checklist | null> {
  return (await all<Checklist>(store, 'checklist')).find(one => one.current) ?? null
}

/** The checklist with this content hash. Raises StoreError not_here. */
export async function checklist(store: Store, id: Sha256): Promise<Checklist> {
  const found = (await all<Checklist>(store, 'checklist')).find(one => one.id === id)
  if (!found) throw new StoreError('not_here')
  return found
}

/** What is planned, by establishment; the entries of each by month. */
export async function schedule(store: Store): Promise<Map<Uuid, ScheduleEntry[]>> {
  const planned = new Map<Uuid, ScheduleEntry[]>()
  const inOrder = [...await all<ScheduleEntry>(store, 'schedule_entry')].sort((a, b) => a.month + a.id < b.month + b.id ? -1 : 1)
  for (const entry of inOrder) planned.set(entry.establishment, [...planned.get(entry.establishment) ?? [], entry])
  return planned
}

/** Every establishment of the person's scope, own edits included, in the order of their codes. The array and its
 *  elements are shared and kept between calls until something changes: read, do not write. */
export async function establishments(store: Store): Promise<readonly Establishment[]> {
  const view = await fresh(store)
  return view.sorted ??= [...view.shown.values()].map(one => one.body).sort((a, b) => a.code < b.code ? -1 : 1)
}

/** One establishment with own edits. Raises StoreError not_here. */
export async function establishment(store: Store, id: Uuid): Promise<Establishment> {
  return (await replicated(store, id)).body
}

/** The stamp of each field that was edited since it was imported: what an edit is based on. */
export async function stampsOf(store: Store, id: Uuid): Promise<Stamps> {
  return (await replicated(store, id)).stamps
}

/** What a record freezes of an establishment on the day of the visit. */
export async function factsOf(store: Store, id: Uuid): Promise<Facts> {
  const one = await establishment(store, id)
  const [known, owners] = await Promise.all([areas(store), entities(store)])
  const {code, name, type, address, representative, representative_role, phone, rooms, employees, employees_with_contract, licences} = one
  return {
    code, name, type, address, representative, representative_role, phone, rooms, employees, employees_with_contract, licences,
    area: known.find(area => area.id === one.area)?.name ?? '',
    entity: one.entity === null ? '' : owners.get(one.entity)?.name ?? '',
  }
}

export interface SignedRecord {
  id: Uuid
  kind: 'inspection' | 'commitment'
  op: Uuid
  sha256: Sha256
  own: boolean
  mine: boolean                    // this person is its author, on whatever phone
  body: Inspection | Commitment    // as it counts: what the office mended is mended here
  told: Told
}

/** The signed records of an establishment that this phone holds, newest first. */
export async function signedRecords(store: Store, establishment: Uuid): Promise<SignedRecord[]> {
  const rows = await store.run(db => db.getAllKeysFromIndex('signed', 'establishment', establishment))
  const records = await Promise.all(rows.map(id => signedRecord(store, id)))
  return records.filter(({kind}) => READABLE.includes(kind)).sort((a, b) => signedAt(a.body) < signedAt(b.body) ? 1 : -1)
}

/** The kinds of signed records that are read as a page. */
const READABLE: readonly string[] = ['inspection', 'commitment'] satisfies SignedRecord['kind'][]

/** One signed record. Raises StoreError not_here. */
export async function signedRecord(store: Store, id: Uuid): Promise<SignedRecord> {
  const [row, body] = await store.run(async db => {
    const tx = db.transaction(['signed', 'bodies'])
    const found = await tx.objectStore('signed').get(id)
    return [found, found && await tx.objectStore('bodies').get(found.sha256)] as const
  })
  if (!row || !body) throw new StoreError('not_here')
  const [told, signed] = await Promise.all([openTold(row.told), openJson<Inspection | Commitment>(body.sealed)])
  return {
    id, op: row.op, sha256: row.sha256, own: row.own, told,
    mine: row.own || signed.author === store.person.id,
    kind: row.kind as SignedRecord['kind'],
    body: mended(signed, told.repair),
  }
}

/** When a record was made: the start of a visit, the moment of a signature, of something that happened. */
export function signedAt(body: Inspection | Commitment | {at: Instant}): Instant {
  return 'started_at' in body ? body.started_at : 'at' in body ? body.at : body.signed_at
}

/** Every day that a visit of the unit may fall on is a day of its time zone; before the first pull, Vietnam's. */
export async function timeZone(store: Store): Promise<string> {
  return (await unit(store))?.time_zone ?? 'Asia/Ho_Chi_Minh'
}

// ---- the view that is kept in memory ----

interface View {
  shown: Map<Uuid, Replicated<Establishment>>
  sorted: Establishment[] | null
  stale: Set<Uuid> | 'all'
  kinds: Map<string, Promise<unknown[]>>    // the small kinds, read once
  turn: Promise<void>
}

const views = new WeakMap<Store, View>()

/** Keeps a store's view up to date. Called once, before anybody else subscribes. */
export function followReplica(store: Store): void {
  const view: View = {shown: new Map(), sorted: null, stale: 'all', kinds: new Map(), turn: Promise.resolve()}
  views.set(store, view)
  store.feed.subscribe(change => {
    if (change.what !== 'replica') return
    if (change.kind !== 'establishment') view.kinds.delete(change.kind)
    else if (change.ids === 'all') view.stale = 'all'
    else if (view.stale !== 'all') for (const id of change.ids) view.stale.add(id)
  })
}

async function replicated(store: Store, id: Uuid): Promise<Replicated<Establishment>> {
  const found = (await fresh(store)).shown.get(id)
  if (!found) throw new StoreError('not_here')
  return found
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
  const wanted = view.stale
  view.stale = new Set()
  try {
    const {list, rows, edits} = await readRows(store, wanted)
    if (wanted === 'all') view.shown = new Map(list.map(one => [one.body.id, one]))
    for (const {id, row} of rows) {
      if (row) view.shown.set(id, await openJson<Replicated<Establishment>>(row.sealed))
      else view.shown.delete(id)
    }
    for (const {op, patch} of edits) lay(view.shown, op, patch)
    view.sorted = null
  } catch (failure) {
    view.stale = 'all'
    throw failure
  }
}

/** list: of a snapshot, where all are wanted and there is one; rows: read one by one, undefined = no longer there. */
async function readRows(store: Store, wanted: Set<Uuid> | 'all') {
  const read = await store.run(async db => {
    const tx = db.transaction(['snapshots', 'records', 'outbox', 'bodies', 'state'])
    const records = tx.objectStore('records')
    const [snapshot, ops, sync] = await Promise.all([
      wanted === 'all' ? readSnapshot(tx) : null, tx.objectStore('outbox').getAll(), tx.objectStore('state').get('sync')])
    const few = wanted === 'all' ? snapshot?.ids : [...wanted]
    const rows = few ? await Promise.all(few.map(async id => ({id, row: await records.get(['establishment', id])})))
      : (await records.getAll(IDBKeyRange.bound(['establishment'], ['establishment', []]))).map(row => ({id: row.id, row}))
    const pulled = sync?.essentials?.[0] ?? 0
    const patches = ops.filter(op => op.kind === 'establishment' && stillShown(op, pulled)
      && (wanted === 'all' || wanted.has(op.record)))
    const bodies = await Promise.all(patches.map(op => tx.objectStore('bodies').get(op.sha256)))
    return {snapshot, rows, patches, bodies}
  })
  const list = read.snapshot ? await openJson<Replicated<Establishment>[]>(read.snapshot.sealed) : []
  const edits = await Promise.all(read.patches.map(async (op, n) => ({op, patch: await openJson<Patch>(read.bodies[n]!.sealed)})))
  return {list, rows: read.rows, edits}
}

/** Whether a patch is laid over the replica: until its receipt's commit has been pulled; a refused one is not. */
function stillShown(op: OpRow, pulled: number): boolean {
  return op.state === 'pending' || (op.state === 'acknowledged' && op.seq > pulled)
}

function lay(shown: View['shown'], op: OpRow, patch: Patch): void {
  const below = shown.get(patch.id) ?? ('name' in patch.fields ? {body: foundInTheField(patch.id), stamps: {}} : null)
  if (!below) return
  const body: Record<string, unknown> = {...below.body}
  const stamps = {...below.stamps}
  for (const [field, {v, at}] of Object.entries(patch.fields)) {
    if (op.conflicts.includes(field)) continue
    body[field] = v
    stamps[field] = {at: op.eff?.[field] ?? at, device: '', op: op.op}
  }
  shown.set(patch.id, {body: body as unknown as Establishment, stamps})
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

/** Every record of a small kind, in no order. */
export function everyOne<T>(store: Store, kind: string): Promise<T[]> {
  return all<T>(store, kind)
}

/** Every record of a small kind, read once and kept until it changes. */
async function all<T>(store: Store, kind: string): Promise<T[]> {
  const {kinds} = views.get(store)!
  if (!kinds.has(kind)) {
    const reading = readKind<T>(store, kind)
    kinds.set(kind, reading)
    reading.catch(() => kinds.delete(kind))
  }
  return kinds.get(kind) as Promise<T[]>
}

async function readKind<T>(store: Store, kind: string): Promise<T[]> {
  const rows = await store.run(db => db.getAll('records', IDBKeyRange.bound([kind], [kind, []])))
  return Promise.all(rows.map(async row => (await openJson<Replicated<T>>(row.sealed)).body))
}
