// What this person has signed or edited and the office has not yet put into a backup, as the screens list it. Nothing
// leaves the outbox but by a receipt that a verified backup covers.

import {localDay} from '../rules/days'
import type {OwnWork} from '../rules/standing'
import {DRAFT} from './backup'
import type {BodyRow, Db, FileRow, FileState, OpRow, OpState} from './db'
import {remembered} from './memory'
import {establishments, timeZone} from './replica'
import {openJson} from './seal'
import type {Inspection, Instant, Sha256, Uuid, VisitSummary} from './shapes'
import type {Store} from './store'
import type {Decision} from './told'
import {decisions} from './verdicts'

export interface OutboxEntry {
  op: Uuid
  kind: 'inspection' | 'commitment' | 'establishment' | (string & {})
  record: Uuid
  establishment: Uuid
  establishment_name: string       // "" when the establishment is not on this phone
  edited: string[]                 // the fields of an establishment patch
  created_at: Instant
  size: number                     // bytes, files included
  files: {sent: number; total: number; refused: number}
  state: OpState | 'sending'
  own: boolean                     // false: another's record, checked again with the office after a restore
  why: string | null               // quarantined: the reason's code
  fields: string[]                 // quarantined: the fields at fault
  conflicts: string[]              // acknowledged: fields where another value stands; the office chooses
  attempted_at: Instant | null
  error: string | null             // code of the last attempt's failure
  acknowledged_at: Instant | null
  settled: boolean                 // quarantined, and a corrected one was sent in its place
  decision: Decision | null        // of what could not be applied: what the office decided
}

/** Everything in the outbox, newest first. */
export async function outbox(store: Store): Promise<OutboxEntry[]> {
  const [{ops, files}, known, decided] = await Promise.all([read(store), establishments(store), decisions(store)])
  const names = new Map(known.map(one => [one.id, one.name]))
  return ops.filter(op => op.kind !== DRAFT).reverse().map(op => ({
    ...entry(op, files, names.get(op.establishment) ?? '', store.sending.has(op.op)), decision: decided.get(op.op) ?? null}))
}

function entry(op: OpRow, files: Map<Sha256, FileRow>, establishment_name: string, sending: boolean): Omit<OutboxEntry, 'decision'> {
  const {kind, record, establishment, edited, created_at, own, why, conflicts, attempted_at, error, settled} = op
  const count = (state: FileState) => op.files.filter(digest => files.get(digest)?.state === state).length
  return {
    op: op.op, kind, record, establishment, establishment_name, edited, created_at, own, why, conflicts, attempted_at, error, settled,
    size: op.bytes + op.files.reduce((sum, digest) => sum + (files.get(digest)?.size ?? 0), 0),
    files: {total: op.files.length, refused: count('refused'), sent: op.files.length - count('pending') - count('refused')},
    state: op.state === 'pending' && sending ? 'sending' : op.state,
    fields: namedFields(op.fields),
    acknowledged_at: op.state === 'acknowledged' ? op.receipted_at : null,
  }
}

/** A receipt names fields as a list, or as an object of reasons. */
function namedFields(fields: unknown): string[] {
  if (Array.isArray(fields)) return fields.map(String)
  return fields !== null && typeof fields === 'object' ? Object.keys(fields).filter(name => name !== '') : []
}

export interface OutboxCounts {
  waiting: number                  // own ops without a receipt
  quarantined: number              // not settled
  files_waiting: number
  rechecking: number               // others' records offered again after a restore
}

export async function outboxCounts(store: Store): Promise<OutboxCounts> {
  return store.run(async db => {
    const tx = db.transaction(['outbox', 'files'])
    const states = tx.objectStore('outbox').index('state')
    const [pending, refused, files_waiting] = await Promise.all([
      records(states.getAll('pending')), records(states.getAll('quarantined')), tx.objectStore('files').index('state').count('pending')])
    return {
      waiting: pending.filter(op => op.own).length,
      quarantined: refused.filter(op => !op.settled && !op.decided).length,
      files_waiting,
      rechecking: pending.filter(op => !op.own).length,
    }
  })
}

/** Ops but for the copies of drafts, which are nobody's concern. */
async function records(ops: Promise<OpRow[]>): Promise<OpRow[]> {
  return (await ops).filter(op => op.kind !== DRAFT)
}

export type {OwnWork}

/** What this person did that the office's summary may not show yet, by establishment; for rules/standing.ts. */
export function ownWork(store: Store): Promise<ReadonlyMap<Uuid, OwnWork>> {
  return remembered(store, 'own work', ({what}) => what === 'outbox' || what === 'replica', () => readOwnWork(store))
}

async function readOwnWork(store: Store): Promise<ReadonlyMap<Uuid, OwnWork>> {
  const [own, zone] = await Promise.all([store.run(readOwn), timeZone(store)])
  const work = new Map<Uuid, OwnWork>()
  const of = (id: Uuid) => work.get(id) ?? work.set(id, {visits: [], draft_updated_at: null, waiting: 0}).get(id)!
  for (const {op, body} of own) {
    if (op.state === 'pending') of(op.establishment).waiting += 1
    const visit = body && await visitOf(body, zone)
    if (visit) of(op.establishment).visits.push(visit)
  }
  return work
}

/** Own ops, the newest first, each inspection that the summary does not hold yet with its bytes. */
async function readOwn(db: Db): Promise<{op: OpRow; body: BodyRow | undefined}[]> {
  const tx = db.transaction(['outbox', 'bodies', 'state'])
  const [ops, sync] = await Promise.all([tx.objectStore('outbox').getAll(), tx.objectStore('state').get('sync')])
  const untold = ({kind, state, seq}: OpRow) => kind === 'inspection' && state !== 'quarantined'
    && !(state === 'acknowledged' && seq <= (sync?.essentials?.[0] ?? 0))
  return Promise.all(ops.reverse().filter(op => op.own && op.kind !== DRAFT).map(async op => (
    {op, body: untold(op) ? await tx.objectStore('bodies').get(op.sha256) : undefined})))
}

/** null of an amendment: the visit is there already, by the record that it replaces. */
async function visitOf({sealed}: BodyRow, zone: string): Promise<VisitSummary | null> {
  const {outcome, mode, kind, bodies, started_at, amends} = await openJson<Inspection>(sealed)
  if (amends) return null
  const counted = outcome === 'conducted' && mode === 'on_site' && kind !== 'follow_up'
  return {visited_on: localDay(started_at, zone), bodies, kind, mode, outcome, document_no: '', counted}
}

export interface Room {
  used: number                     // bytes
  quota: number                    // bytes
  photos_left: number
  persisted: boolean | null        // null: the browser does not say
}

/** What a shrunk photo takes, for telling how many more fit. */
const USUAL_PHOTO_BYTES = 400_000

/** How much of the storage is used, or null where the browser does not say. */
export async function room(): Promise<Room | null> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined
  if (!storage?.estimate) return null
  const {usage = 0, quota = 0} = await storage.estimate()
  return {
    used: usage, quota,
    photos_left: Math.max(0, Math.floor((quota - usage) / USUAL_PHOTO_BYTES)),
    persisted: storage.persisted ? await storage.persisted() : null,
  }
}

/** Asks the browser to keep the data when the phone runs short; false where it would not promise. */
export async function askToPersist(): Promise<boolean> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined
  return await storage?.persist?.().catch(() => false) ?? false
}

async function read(store: Store): Promise<{ops: OpRow[]; files: Map<Sha256, FileRow>}> {
  const [ops, files] = await store.run(db => {
    const tx = db.transaction(['outbox', 'files'])
    return Promise.all([tx.objectStore('outbox').getAll(), tx.objectStore('files').getAll()])
  })
  return {ops, files: new Map(files.map(file => [file.sha256, file]))}
}
