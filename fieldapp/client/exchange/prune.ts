// What a verified backup of the office holds may leave the phone, and nothing else: never by age, never by an upgrade.

import {instant} from '../store/clock'
import type {OpRow, SyncRow, Write} from '../store/db'
import {ORPHAN_KEEPS_MS} from '../store/files'
import {dropBody} from '../store/queue'
import type {Instant} from '../store/shapes'

type Stores = Write<'signed' | 'bodies' | 'outbox' | 'files' | 'blobs' | 'drafts'>

/** Removes ops with a receipt up to `safe` (and up to what was pulled, so that what is shown does not step back), once
 *  their files are sent; then the files that nothing here names any more. False when there was nothing to look at. */
export async function prune(tx: Stores, sync: SyncRow, now: Instant): Promise<boolean> {
  const ops = await tx.objectStore('outbox').getAll()
  const covered = Math.min(sync.safe, sync.essentials?.[0] ?? 0)
  const kept: OpRow[] = []
  for (const op of ops) {
    if (isCovered(op, covered) && await allSent(tx, op)) {
      await tx.objectStore('outbox').delete(op.n!)
      await dropBody(tx, op.sha256)
    } else kept.push(op)
  }
  const files = await pruneFiles(tx, kept, sync.safe, now)
  return ops.length > 0 || files
}

function isCovered(op: OpRow, covered: number): boolean {
  return (op.state === 'acknowledged' || (op.state === 'quarantined' && op.decided)) && op.seq <= covered
}

async function allSent(tx: Stores, op: OpRow): Promise<boolean> {
  const files = await Promise.all(op.files.map(digest => tx.objectStore('files').get(digest)))
  return files.every(file => file === undefined || file.state === 'sent')
}

async function pruneFiles(tx: Stores, kept: OpRow[], safe: number, now: Instant): Promise<boolean> {
  const sent = await tx.objectStore('files').index('state').getAll('sent')
  if (sent.length === 0) return false
  const drafts = await tx.objectStore('drafts').getAll()
  const named = new Set([...kept, ...drafts].flatMap(row => row.files))
  const before = instant(Date.parse(now) - ORPHAN_KEEPS_MS)
  for (const file of sent) {
    if (file.seq === null || file.seq > safe || named.has(file.sha256) || file.kept_at > before) continue
    await tx.objectStore('files').delete(file.sha256)
    await tx.objectStore('blobs').delete(file.sha256)
  }
  return true
}
