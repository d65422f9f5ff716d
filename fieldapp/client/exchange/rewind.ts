// The office was restored from a backup and no longer holds what this phone has seen. The phone goes back to the newest
// point that both share, and offers everything after it again: so yesterday's backup and the phones give back today.

import type {OpRow, Point, SignedRow, SyncRow, Write} from '../store/db'
import {uuid5} from '../store/digest'
import type {Instant, Sha256, Uuid} from '../store/shapes'
import type {Store} from '../store/store'

type Stores = Write<'state' | 'signed' | 'outbox' | 'files' | 'bodies' | 'drafts'>

/** The op under which each signed record is offered whose own op stands for another content on this phone: a faulty device
 *  used it twice. The office lets such a record in under the same one. By the record's sha256; made before the transaction
 *  that goes back, which must not wait for a digest. */
export async function spareOps(store: Store): Promise<Map<Sha256, Uuid>> {
  const [ops, signed] = await store.run(db => Promise.all([db.getAll('outbox'), db.getAll('signed')]))
  const first = new Map(ops.map(({op, sha256}) => [op, sha256]))
  const spare = new Map<Sha256, Uuid>()
  for (const {op, sha256} of signed) {
    if (!first.has(op)) first.set(op, sha256)
    if (first.get(op) !== sha256) spare.set(sha256, await uuid5(op + sha256))
  }
  return spare
}

/** Goes back to `point`. spare: of spareOps. The mutable replica is pulled anew under a new epoch; until it is whole again the old rows
 *  stay readable, because an inspector in a basement must not lose the list. */
export async function rewind(tx: Stores, sync: SyncRow, point: Point, spare: ReadonlyMap<Sha256, Uuid>, now: Instant): Promise<void> {
  await tx.objectStore('state').put({
    ...sync, mark: point, trail: sync.trail.filter(([seq]) => seq <= point[0]),
    essentials: null, history: null, safe: Math.min(sync.safe, point[0]), epoch: sync.epoch + 1, whole: false,
  })
  const ops = await tx.objectStore('outbox').getAll()
  for (const op of ops) {
    if (op.state !== 'pending' && op.seq > point[0]) await tx.objectStore('outbox').put({...op, state: 'pending', decided: false})
  }
  await offerSignedAgain(tx, ops, spare, now)
  await offerFilesAgain(tx, point)
  await offerDraftsAgain(tx)
}

/** Another phone may have saved them after the backup, and be lost by now. */
async function offerDraftsAgain(tx: Stores): Promise<void> {
  for (const row of await tx.objectStore('drafts').getAll()) {
    if (row.over.length > 0) await tx.objectStore('drafts').put({...row, kept_rev: -1})
  }
}

/** Every signed record whose bytes this phone holds, whoever made it: its hash tells the office whether it has it. */
async function offerSignedAgain(tx: Stores, ops: OpRow[], spare: ReadonlyMap<Sha256, Uuid>, now: Instant): Promise<void> {
  const queued = new Set(ops.map(op => op.op))
  for (const row of await tx.objectStore('signed').getAll()) {
    const op = spare.get(row.sha256) ?? row.op
    const body = queued.has(op) ? undefined : await tx.objectStore('bodies').get(row.sha256)
    if (!body) continue
    await tx.objectStore('outbox').add(offered(row, op, body.bytes, now))
    queued.add(op)
  }
}

function offered({kind, ver, sha256, files, id, establishment}: SignedRow, op: Uuid, bytes: number, now: Instant): OpRow {
  return {
    op, kind, ver, sha256, bytes, files, record: id, establishment, edited: [], state: 'pending', own: false, seq: 0,
    status: null, why: null, fields: null, conflicts: [], eff: null, decided: false, created_at: now, attempted_at: null,
    error: null, receipted_at: null, settled: false,
  }
}

async function offerFilesAgain(tx: Stores, point: Point): Promise<void> {
  for (const file of await tx.objectStore('files').getAll()) {
    const elsewhere = file.size === 0          // a draft names it that came from the office: nothing here to offer
    const unsure = file.state === 'refused' || (file.state === 'sent' && !elsewhere && (file.seq === null || file.seq > point[0]))
    if (unsure) await tx.objectStore('files').put({...file, state: 'pending', seq: null, error: null})
  }
}
