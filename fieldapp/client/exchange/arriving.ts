// Drafts that come from the office: this person's own, from another phone or from a colleague. Whatever this phone has
// not sent yet is never overwritten; the office then keeps both (sync/PROTOCOL.md, "draft").

import {DRAFT, OVER_KEEPS, renameDraft, sum} from '../store/backup'
import type {Draft} from '../store/draft'
import type {DraftRow, FileRow, Origin} from '../store/db'
import {sealJson, type Sealed} from '../store/seal'
import type {Instant, Sha256, Uuid} from '../store/shapes'
import type {Person} from '../store/store'
import {isObject} from './api'
import type {Gone, Put} from './change'
import type {Stores} from './receipts'

/** A version of a draft as it came, with all that must not be waited for inside a transaction done. */
export interface ArrivedDraft {
  id: Uuid
  op: Uuid
  over: Uuid[]
  kind: Draft['kind']
  establishment: Uuid
  about: Uuid | null
  files: Sha256[]
  updated_at: Instant
  from: Origin
  kept_sum: Sha256
  sealed: Sealed<string>
}

/** A put of a draft, made ready; null when a newer app made it and this one cannot open it. */
export async function readyDraft(put: Put, person: Person): Promise<ArrivedDraft | null> {
  const {draft, over, from, saved_at} = put.body as {draft: Draft; over: Uuid[]; from?: Origin; saved_at: Instant}
  if (!isObject(draft) || !isObject(draft.record) || !['inspection', 'commitment'].includes(draft.kind)) return null
  const {kind, establishment} = draft
  const kept = from?.person ? takenOver(draft, person) : draft
  return {
    id: put.id, op: put.op ?? put.id, over, kind, establishment, files: put.files ?? [], updated_at: saved_at,
    about: draft.kind === 'inspection' ? draft.record.amends : draft.record.inspection,
    from: {device: from?.device ?? '', person: from?.person ?? ''},
    kept_sum: await sum(kept), sealed: await sealJson(kept),
  }
}

/** Who takes a visit over is one of those who were there. */
function takenOver(draft: Draft, {name, position}: Person): Draft {
  if (draft.kind !== 'inspection' || draft.record.members.some(member => member.name === name)) return draft
  return {...draft, record: {...draft.record, members: [{name, position}, ...draft.record.members]}}
}

/** Stores an arrived version: as a new draft, or in the place of one that has nothing unsent. */
export async function storeDraft(tx: Stores, arrived: ArrivedDraft, at: Instant): Promise<void> {
  const {id, op, over, ...what} = arrived
  const drafts = tx.objectStore('drafts')
  if (!await drafts.get(id)) await renameKnown(tx, arrived)
  const there = await drafts.get(id)
  if (there ? there.over.includes(op) || isUnsent(there) : await isDone(tx, id)) return
  const rev = there ? there.rev + 1 : 0
  await drafts.put({
    ...what, id, rev, kept_rev: rev, kept_at: at, dropped_at: null, ended: null, over: [op, ...over].slice(0, OVER_KEEPS)})
  for (const digest of what.files) {
    if (!await tx.objectStore('files').getKey(digest)) await tx.objectStore('files').put(elsewhere(digest, at))
  }
}

/** The office has given this phone's version another id, and its receipt was lost on the way. */
async function renameKnown(tx: Stores, {id, op}: ArrivedDraft): Promise<void> {
  const known = (await tx.objectStore('drafts').getAll()).find(row => row.over.includes(op) && id === op)
  if (known) await renameDraft(tx, {record: known.id, op})
}

/** Signed or dropped on this phone, which the office has not heard yet. */
async function isDone(tx: Stores, id: Uuid): Promise<boolean> {
  if (await tx.objectStore('signed').getKey(id) !== undefined) return true
  const pending = await tx.objectStore('outbox').index('state').getAll('pending')
  return pending.some(op => op.kind === DRAFT && op.record === id)
}

function isUnsent(row: DraftRow): boolean {
  return row.ended !== null || row.rev !== row.kept_rev
}

/** A photo that is at the office and not yet on this phone. */
function elsewhere(digest: Sha256, at: Instant): FileRow {
  return {sha256: digest, type: '', size: 0, state: 'sent', seq: null, error: null, kept_at: at}
}

/** A draft that ended on another phone or was handed over leaves, unless something of it was not sent yet.
 *  True when it was here and is gone. */
export async function leaveDraft(tx: Stores, {id}: Gone): Promise<boolean> {
  const row = await tx.objectStore('drafts').get(id)
  if (!row || isUnsent(row)) return false
  await tx.objectStore('drafts').delete(id)
  return true
}
