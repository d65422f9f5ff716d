// Putting an op into the outbox: its exact bytes are fixed here, and never change again.

import {instant} from './clock'
import type {BodyRow, OpRow, Write} from './db'
import {newId, sha256, utf8} from './digest'
import {StoreError} from './errors'
import {seal} from './seal'
import type {Sha256, Uuid} from './shapes'
import type {Store} from './store'

export const MAX_BODY_BYTES = 2 ** 20

/** The version of the bodies that this app writes. */
const BODY_VERSION = 1

export interface Prepared { op: OpRow; body: BodyRow }

interface Subject { kind: string; record: Uuid; establishment: Uuid; files?: Sha256[]; edited?: string[] }

/** An op with its bytes, digested and sealed: all that must not be waited for inside a transaction.
 *  Raises StoreError body_too_large. */
export async function prepare(store: Store, {kind, record, establishment, files = [], edited = []}: Subject, content: unknown): Promise<Prepared> {
  const text = JSON.stringify(content)
  const bytes = utf8(text).byteLength
  if (bytes > MAX_BODY_BYTES) throw new StoreError('body_too_large')
  const [digest, sealed] = await Promise.all([sha256(text), seal(text)])
  return {
    body: {sha256: digest, bytes, sealed},
    op: {
      op: newId(), kind, ver: BODY_VERSION, sha256: digest, bytes, files, record, establishment, edited,
      state: 'pending', own: true, seq: 0, status: null, why: null, fields: null, conflicts: [], eff: null, decided: false,
      created_at: instant(store.clock()), attempted_at: null, error: null, receipted_at: null, settled: false,
    },
  }
}

/** Forgets bytes once neither the outbox nor a signed record needs them. */
export async function dropBody(tx: Write<'signed' | 'bodies' | 'outbox'>, digest: Sha256): Promise<void> {
  const [queued, signed] = await Promise.all([
    tx.objectStore('outbox').index('sha256').count(digest), tx.objectStore('signed').index('sha256').count(digest)])
  if (queued === 0 && signed === 0) await tx.objectStore('bodies').delete(digest)
}

/** Queues a prepared op; doing it again changes nothing. */
export async function enqueue(tx: Write<'outbox' | 'bodies'>, {op, body}: Prepared): Promise<void> {
  const outbox = tx.objectStore('outbox')
  if (await outbox.index('op').getKey(op.op) !== undefined) return
  await Promise.all([outbox.add(op), tx.objectStore('bodies').put(body)])
}
