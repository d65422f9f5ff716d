// The phone's database: one for each person who signs in on this phone, with that person's outbox, drafts and replica.
// Upgrades are numbered steps that never change once released, and no step ever empties the outbox.

import {openDB, unwrap, type DBSchema, type IDBPDatabase, type IDBPObjectStore, type IDBPTransaction, type StoreNames} from 'idb'
import type {Sealed} from './seal'
import type {Instant, Sha256, Uuid} from './shapes'

/** A place in the server's history: `[seq, tag]`. */
export type Point = [seq: number, tag: string]
export const NOTHING_SEEN: Point = [0, '']

export type Stream = 'essentials' | 'history'

interface Stamp { at: Instant; device: Uuid; op: Uuid }
export type Stamps = Record<string, Stamp>

/** A mutable record of the replica: unit, area, business_entity, checklist, establishment, schedule_entry. */
export interface RecordRow {
  kind: string
  id: string
  epoch: number                    // rows of an earlier epoch go once the essentials are whole again after a rewind
  sealed: Sealed<string>           // JSON {body, stamps}
}

/** A signed record; its exact bytes are in `bodies` under `sha256`. */
export interface SignedRow {
  id: Uuid
  kind: string
  op: Uuid
  ver: number
  sha256: Sha256
  establishment: Uuid
  files: Sha256[]
  signed_at: Instant               // the start of a visit, the moment of a signature
  own: boolean                     // made on this phone
  told?: Sealed<string>            // JSON of Told: what the office says of it
}

/** The exact bytes of an op, shared by the outbox and the signed record. */
export interface BodyRow { sha256: Sha256; bytes: number; sealed: Sealed<string> }

/** A photo small enough to stay when its bytes go, so that its record still shows what was photographed. */
interface ThumbRow { sha256: Sha256; sealed: Sealed<ArrayBuffer> }

export type OpState = 'pending' | 'acknowledged' | 'quarantined'

export interface OpRow {
  n?: number                       // order of making; given by the database
  op: Uuid
  kind: string
  ver: number
  sha256: Sha256
  bytes: number
  files: Sha256[]
  record: Uuid
  establishment: Uuid
  edited: string[]                 // the fields of a patch
  state: OpState
  own: boolean                     // false: another's record, offered again after a rewind
  seq: number                      // of its receipt; 0 = none yet
  status: string | null            // the receipt's word: applied, quarantined, erased
  decided: boolean                 // quarantined, and the office has decided about it
  why: string | null
  fields: unknown                  // what the receipt says about the reason
  conflicts: string[]
  eff: Record<string, Instant> | null
  created_at: Instant
  attempted_at: Instant | null
  error: string | null             // code of the last attempt, null when it went well
  receipted_at: Instant | null
  settled: boolean                 // quarantined, and the person has sent a corrected op in its place
}

export type FileState = 'draft' | 'pending' | 'sent' | 'refused'

export interface FileRow {
  sha256: Sha256
  type: string
  size: number
  state: FileState
  seq: number | null               // sent: a backup up to here holds it; null = not yet known
  error: string | null
  kept_at: Instant
}

/** A file's bytes, apart from its row so that lists do not load them. */
interface BlobRow { sha256: Sha256; sealed: Sealed<ArrayBuffer> }

export interface DraftRow {
  id: Uuid                         // becomes the id of the record
  kind: 'inspection' | 'commitment'
  establishment: Uuid
  about: Uuid | null               // the inspection it amends, or the visit at which a commitment is signed
  rev: number
  files: Sha256[]
  updated_at: Instant
  dropped_at: Instant | null
  ended: 'signed' | 'dropped' | null   // nothing is left of it but that the office's copy has to end as well
  over: Uuid[]                     // ops of the versions that the office has been offered, the newest first
  kept_rev: number                 // the revision that the newest of them holds
  kept_sum: Sha256 | null          // what that version says, wherever the person was in it
  kept_at: Instant | null          // when the office confirmed one last
  from: Origin | null              // it came from another phone, or from a colleague
  sealed: Sealed<string>
}

/** device: the other phone's name; person: the colleague who handed it over, else "". */
export interface Origin { device: string; person: string }

/** Where this replica stands in the server's history. One row, moved together with what was received. */
export interface SyncRow {
  key: 'sync'
  mark: Point
  trail: Point[]
  essentials: Point | null
  history: Point | null
  safe: number
  epoch: number
  whole: boolean                   // the essentials have been pulled to their end at least once in this epoch
  offset_ms: number                // server's clock minus the device's
  last_success_at: Instant | null
  exported_at?: Instant            // when everything unsent was last handed over as a file
}

/** Where a fresh replica stands: it has seen nothing. */
export const FRESH: SyncRow = {
  key: 'sync', mark: NOTHING_SEEN, trail: [], essentials: null, history: null, safe: 0, epoch: 0, whole: false,
  offset_ms: 0, last_success_at: null,
}

/** list: JSON of Packed. texts: what a search finds each by, line by line in the order of the list; apart from it,
 *  because the list is needed first. changed: the establishments that have changed since `made` was made, null = there
 *  is none; version: how often something has. */
export type SnapshotRow =
  | {name: 'list'; made: Uuid; sealed: Sealed<string>}
  | {name: 'texts'; made: Uuid; sealed: Sealed<string>}
  | {name: 'changed'; made: Uuid | null; format: number; ids: Uuid[]; version: number}

export interface Schema extends DBSchema {
  state: {key: string; value: SyncRow}
  records: {key: [kind: string, id: string]; value: RecordRow}
  signed: {key: Uuid; value: SignedRow; indexes: {establishment: Uuid; sha256: Sha256}}
  bodies: {key: Sha256; value: BodyRow}
  outbox: {key: number; value: OpRow; indexes: {op: Uuid; state: OpState; sha256: Sha256; establishment: Uuid}}
  files: {key: Sha256; value: FileRow; indexes: {state: FileState}}
  blobs: {key: Sha256; value: BlobRow}
  drafts: {key: Uuid; value: DraftRow; indexes: {establishment: Uuid}}
  snapshots: {key: SnapshotRow['name']; value: SnapshotRow}
  jottings: {key: string; value: {form: string; sealed: Sealed<string>}}
  thumbs: {key: Sha256; value: ThumbRow}
}

export type Db = IDBPDatabase<Schema>
/** An open write transaction over at least these stores. */
export interface Write<Names extends StoreNames<Schema>> {
  objectStore<N extends Names>(name: N): Omit<IDBPObjectStore<Schema, StoreNames<Schema>[], N, 'readwrite'>, 'transaction'>
}
/** A way to put rows without hearing of each again: where there are thousands, listening takes longer than writing. That
 *  one failed is told by the transaction, which then fails as a whole. */
export function putterOf<Row>(rows: {put(row: Row): Promise<unknown>}): (row: Row) => void {
  const bare = unwrap(rows as unknown as IDBPObjectStore) as unknown as IDBObjectStore
  return row => { bare.put(row) }
}

/** One numbered step. `tx` is the upgrade's own transaction, for steps that change rows. */
export type Upgrade = (db: Db, tx: IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>) => void

export const UPGRADES: readonly Upgrade[] = [
  db => {
    db.createObjectStore('state', {keyPath: 'key'})
    db.createObjectStore('records', {keyPath: ['kind', 'id']})
    const signed = db.createObjectStore('signed', {keyPath: 'id'})
    signed.createIndex('establishment', 'establishment')
    signed.createIndex('sha256', 'sha256')
    db.createObjectStore('bodies', {keyPath: 'sha256'})
    const outbox = db.createObjectStore('outbox', {keyPath: 'n', autoIncrement: true})
    outbox.createIndex('op', 'op', {unique: true})
    outbox.createIndex('state', 'state')
    outbox.createIndex('sha256', 'sha256')
    outbox.createIndex('establishment', 'establishment')
    const files = db.createObjectStore('files', {keyPath: 'sha256'})
    files.createIndex('state', 'state')
    db.createObjectStore('blobs', {keyPath: 'sha256'})
    const drafts = db.createObjectStore('drafts', {keyPath: 'id'})
    drafts.createIndex('establishment', 'establishment')
  },
  (_db, tx) => {
    void changeRows(tx.objectStore('drafts'), row => (
      {ended: null, over: [], kept_rev: 0, kept_sum: null, kept_at: null, from: null, ...row}))
  },
  db => { db.createObjectStore('snapshots', {keyPath: 'name'}) },
  db => { db.createObjectStore('jottings', {keyPath: 'form'}) },
  db => { db.createObjectStore('thumbs', {keyPath: 'sha256'}) },
]

async function changeRows<Row extends object>(rows: {openCursor(): Promise<unknown>}, change: (row: Row) => Row): Promise<void> {
  interface Cursor { value: Row; update(row: Row): Promise<unknown>; continue(): Promise<Cursor | null> }
  for (let at = await rows.openCursor() as Cursor | null; at; at = await at.continue()) await at.update(change(at.value))
}

export interface Opening {
  upgrades?: readonly Upgrade[]
  /** The browser closed the connection, or another tab needs it closed for an upgrade. */
  onClosed: () => void
}

/** Opens a person's database, upgraded step by step from whatever version is there. */
export function openDatabase(name: string, {upgrades = UPGRADES, onClosed}: Opening): Promise<Db> {
  return openDB<Schema>(name, upgrades.length, {
    upgrade(db, from, _to, tx) {
      for (const step of upgrades.slice(from)) step(db, tx)
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close()
      onClosed()
    },
    terminated: onClosed,
  })
}
