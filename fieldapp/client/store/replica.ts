// What the phone knows of the commune: the office's word as last pulled. Establishments are in establishments.ts.

import {USUAL_ZONE} from '../rules/days'
import {byName} from '../rules/ordering'
import type {BodyRow, RecordRow, SignedRow, Stamps, SyncRow} from './db'
import {FRESH} from './db'
import {StoreError} from './errors'
import {sameEntity} from './establishments'
import {remembered} from './memory'
import {openJson} from './seal'
import type {
  Area, BusinessEntity, Checklist, Commitment, Facts, Inspection, Instant, ScheduleEntry, Sha256, Unit, Uuid,
} from './shapes'
import type {Store} from './store'
import {mended, openTold, type Told} from './told'
import {wholeCommitment, wholeInspection} from './whole'

export {establishment, establishmentOrNone, establishments, prepareSearch, sameEntity, stampsOf, type Patch} from './establishments'

/** Where the replica stands. */
export async function standpoint(store: Store): Promise<SyncRow> {
  return await store.run(db => db.get('state', 'sync')) ?? FRESH
}

/** The commune, or null before the first pull of a person enrolled without one. */
export async function unit(store: Store): Promise<Unit | null> {
  return (await everyOne<Unit>(store, 'unit'))[0] ?? null
}

/** All areas, by name. */
export async function areas(store: Store): Promise<Area[]> {
  return byName(await everyOne<Area>(store, 'area'))
}

export function entities(store: Store): Promise<ReadonlyMap<Uuid, BusinessEntity>> {
  return remembered(store, 'entities', change => change.what === 'replica' && change.kind === 'business_entity',
    async () => new Map((await readKind<BusinessEntity>(store, 'business_entity')).map(entity => [entity.id, entity])))
}

/** The checklist that new inspections use, or null before the first pull. */
export async function currentChecklist(store: Store): Promise<Checklist | null> {
  return (await everyOne<Checklist>(store, 'checklist')).find(one => one.current) ?? null
}

/** The checklist with this content hash. Raises StoreError not_here. */
export async function checklist(store: Store, id: Sha256): Promise<Checklist> {
  const found = (await everyOne<Checklist>(store, 'checklist')).find(one => one.id === id)
  if (!found) throw new StoreError('not_here')
  return found
}

/** What is planned, by establishment; the entries of each by month. */
export async function schedule(store: Store): Promise<Map<Uuid, ScheduleEntry[]>> {
  const planned = new Map<Uuid, ScheduleEntry[]>()
  const inOrder = [...await everyOne<ScheduleEntry>(store, 'schedule_entry')].sort((a, b) => a.month + a.id < b.month + b.id ? -1 : 1)
  for (const entry of inOrder) planned.set(entry.establishment, [...planned.get(entry.establishment) ?? [], entry])
  return planned
}

/** What a record freezes of an establishment on the day of the visit. */
export async function factsOf(store: Store, id: Uuid): Promise<Facts> {
  const [[one], known, owners] = await Promise.all([sameEntity(store, id), areas(store), entities(store)])
  if (!one) throw new StoreError('not_here')
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
export function signedRecords(store: Store, establishment: Uuid): Promise<readonly SignedRecord[]> {
  return remembered(store, `records ${establishment}`, ({what}) => what === 'outbox' || what === 'replica', () => readSigned(store, establishment))
}

async function readSigned(store: Store, establishment: Uuid): Promise<SignedRecord[]> {
  const read = await store.run(async db => {
    const tx = db.transaction(['signed', 'bodies'])
    const rows = await tx.objectStore('signed').index('establishment').getAll(establishment)
    return Promise.all(rows.filter(({kind}) => READABLE.includes(kind)).map(async row => (
      [row, await tx.objectStore('bodies').get(row.sha256)] as const)))
  })
  const records = await Promise.all(read.map(([row, body]) => recordOf(store, row, body)))
  return records.sort((a, b) => signedAt(a.body) < signedAt(b.body) ? 1 : -1)
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
  return recordOf(store, row, body)
}

async function recordOf(store: Store, row: SignedRow | undefined, body: BodyRow | undefined): Promise<SignedRecord> {
  if (!row || !body) throw new StoreError('not_here')
  const [told, signed] = await Promise.all([openTold(row.told), openJson<Inspection | Commitment>(body.sealed)])
  return {
    id: row.id, op: row.op, sha256: row.sha256, own: row.own, told,
    mine: row.own || signed.author === store.person.id,
    kind: row.kind as SignedRecord['kind'],
    body: whole(mended(signed, told.repair)),
  }
}

function whole(body: Inspection | Commitment): Inspection | Commitment {
  return 'started_at' in body ? wholeInspection(body) : 'signed_on' in body ? wholeCommitment(body) : body
}

/** When a record was made: the start of a visit, the moment of a signature, of something that happened. */
export function signedAt(body: Inspection | Commitment | {at: Instant}): Instant {
  return 'started_at' in body ? body.started_at : 'at' in body ? body.at : body.signed_at
}

/** Every day that a visit of the unit may fall on is a day of its time zone; before the first pull, Vietnam's. */
export async function timeZone(store: Store): Promise<string> {
  return (await unit(store))?.time_zone ?? USUAL_ZONE
}

/** Every record of a small kind, in no order. */
export function everyOne<T>(store: Store, kind: string, read = () => readKind<T>(store, kind)): Promise<T[]> {
  return remembered(store, kind, change => change.what === 'replica' && change.kind === kind, read)
}

/** What every start of the app needs. */
const FIRST_KINDS = ['unit', 'area', 'checklist', 'review', 'schedule_entry']

/** Begins to read what the first screen will ask for, all of it in one transaction: each takes a phone a good part of a frame. */
export function prepareReplica(store: Store): void {
  const reading = store.run(db => {
    const records = db.transaction('records').store
    return Promise.all(FIRST_KINDS.map(kind => records.getAll(rangeOf(kind))))
  })
  FIRST_KINDS.forEach((kind, n) => everyOne(store, kind, async () => plainRows((await reading)[n]!)).catch(() => undefined))
}

async function readKind<T>(store: Store, kind: string): Promise<T[]> {
  return plainRows(await store.run(db => db.getAll('records', rangeOf(kind))))
}

function rangeOf(kind: string): IDBKeyRange {
  return IDBKeyRange.bound([kind], [kind, []])
}

function plainRows<T>(rows: RecordRow[]): Promise<T[]> {
  return Promise.all(rows.map(async row => (await openJson<{body: T; stamps: Stamps}>(row.sealed)).body))
}
