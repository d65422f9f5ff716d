// A page of the pull, stored: records, cursor, mark and trail in one transaction, or nothing.

import type {RecordRow, SignedRow, Stream, SyncRow} from '../store/db'
import {FRESH, putterOf} from '../store/db'
import type {Sealed} from '../store/seal'
import type {Instant, Sha256, Uuid} from '../store/shapes'
import {noteChanged} from '../store/snapshot'
import type {Decision} from '../store/told'
import {DRAFT} from '../store/backup'
import {dropBody} from '../store/queue'
import {leaveDraft, storeDraft, type ArrivedDraft} from './arriving'
import {prune} from './prune'
import type {Gone, Page} from './change'
import type {Applied, Rewound, Stores} from './receipts'
import {rewind} from './rewind'
import {samePoint, seen} from './trail'

/** One change with all that must not be waited for inside a transaction done. */
export type Ready =
  | {row: Omit<RecordRow, 'epoch'>; decision?: Decision}
  | {signed: SignedRow; bytes: number; sealed: Sealed<string>; telling: Sealed<string> | null; reviewed?: boolean}   // telling: worth telling its author; reviewed: it was, or is
  | {draft: ArrivedDraft}
  | {gone: Gone; left?: boolean}   // left: a draft that was here

interface Arrival {
  stream: Stream
  from: SyncRow                    // where the replica stood when it asked
  answer: Page | Rewound
  ready: Ready[]
  offset_ms: number
  at: Instant
  spare: ReadonlyMap<Sha256, Uuid>   // where the answer sends the phone back, of spareOps
}

/** outbox: whether anything is in it that may stand otherwise now. */
interface Stored { applied: Applied; outbox: boolean }

/** The kind under which the phone keeps which of this person's records came back. */
export const REVIEW = 'review'

/** Where the replica will stand once the page is stored. A page shows states as new as the head, not as its cursor. */
export function advance(sync: SyncRow, stream: Stream, {cursor, mark, safe = sync.safe}: Pick<Page, 'cursor' | 'mark'> & {safe?: number}): SyncRow {
  return {...seen(sync, cursor, mark), [stream]: cursor, safe}
}

/** Stores a page, if cursor and mark are still those that were sent (compare and set). */
export async function applyPage(tx: Stores, {stream, from, answer, ready, offset_ms, at, spare}: Arrival): Promise<Stored> {
  const sync = {...await tx.objectStore('state').get('sync') ?? FRESH, offset_ms}
  if (!samePoint(sync.mark, from.mark) || !samePoint(sync[stream], from[stream])) return {applied: 'overtaken', outbox: false}
  if ('rewind' in answer) {
    await rewind(tx, sync, answer.rewind, spare, at)
    return {applied: 'rewound', outbox: true}
  }
  const [ofDrafts, others] = apart(ready)
  await storeOthers(tx, others, sync.epoch)
  await storeDrafts(tx, ofDrafts, at)
  await noteChanged(tx, others.flatMap(establishmentOf))
  const moved = advance(sync, stream, answer)
  if (stream === 'essentials' && !answer.more && !sync.whole) {
    if (sync.epoch > 0) await noteChanged(tx, await sweepEarlier(tx, sync.epoch))
    moved.whole = true
  }
  await tx.objectStore('state').put(moved)
  return {applied: 'moved', outbox: await prune(tx, moved, at)}
}

function establishmentOf(one: Ready): Uuid[] {
  const {kind, id} = 'row' in one ? one.row : 'gone' in one ? one.gone : {kind: '', id: ''}
  return kind === 'establishment' ? [id] : []
}

function apart(ready: Ready[]): [Ready[], Exclude<Ready, {draft: ArrivedDraft}>[]] {
  const isDraft = (one: Ready) => 'draft' in one || ('gone' in one && one.gone.kind === DRAFT)
  return [ready.filter(isDraft), ready.filter(one => !isDraft(one)) as Exclude<Ready, {draft: ArrivedDraft}>[]]
}

/** First what comes, then what goes: a draft that only changed its id is known by its op. */
async function storeDrafts(tx: Stores, ready: Ready[], at: Instant): Promise<void> {
  for (const one of ready) if ('draft' in one) await storeDraft(tx, one.draft, at)
  for (const one of ready) if ('gone' in one) one.left = await leaveDraft(tx, one.gone)
}

/** Most are new rows, and nobody waits for those one by one. */
async function storeOthers(tx: Stores, ready: Exclude<Ready, {draft: ArrivedDraft}>[], epoch: number): Promise<void> {
  const put = {
    record: putterOf(tx.objectStore('records')), signed: putterOf(tx.objectStore('signed')), body: putterOf(tx.objectStore('bodies'))}
  // Read once, because asking for each is slow on a phone.
  const held = new Set(ready.some(one => 'signed' in one) ? await tx.objectStore('signed').getAllKeys() : [])
  const waited: Promise<void>[] = []
  for (const one of ready) {
    if ('gone' in one) waited.push(remove(tx, one.gone))
    else if ('row' in one) {
      put.record({...one.row, epoch})
      if (one.decision) waited.push(settle(tx, one.decision))
    } else {
      const {signed, bytes, sealed, telling} = one
      one.reviewed = telling !== null || held.has(signed.id)
      if (telling) put.record({kind: REVIEW, id: signed.id, epoch, sealed: telling})
      if (held.has(signed.id)) waited.push(storeAgain(tx, one))
      else {
        put.signed(signed)
        put.body({sha256: signed.sha256, bytes, sealed})
      }
    }
  }
  await Promise.all(waited)
}

/** A signed record that is here: what the office says of it is new, or, after a rewind, its bytes are. */
async function storeAgain(tx: Stores, {signed, bytes, sealed, telling}: Extract<Ready, {signed: SignedRow}>): Promise<void> {
  if (!telling) await tx.objectStore('records').delete([REVIEW, signed.id])
  const there = await tx.objectStore('signed').get(signed.id)
  if (there?.sha256 === signed.sha256) {
    const {told, establishment} = signed
    await tx.objectStore('signed').put({...there, establishment, ...told && {told}})
    return
  }
  await tx.objectStore('signed').put(signed)
  await tx.objectStore('bodies').put({sha256: signed.sha256, bytes, sealed})
  if (there) await dropBody(tx, there.sha256)
}

/** The office, or the arrival of what it waited for, has decided about an op: nothing more waits for it. */
async function settle(tx: Stores, {op, sha256, decision}: Decision): Promise<void> {
  const row = await tx.objectStore('outbox').index('op').get(op)
  if (row?.state !== 'quarantined' || row.sha256 !== sha256) return
  await tx.objectStore('outbox').put({...row, decided: true, state: decision === 'applied' ? 'acknowledged' : 'quarantined'})
}

/** A record that was deleted or left this person's scope. What waits in the outbox about it stays. */
async function remove(tx: Stores, {kind, id}: Gone): Promise<void> {
  await tx.objectStore('records').delete([kind, id])
  await tx.objectStore('records').delete([REVIEW, id])
  const signed = await tx.objectStore('signed').get(id)
  if (!signed || signed.kind !== kind) return
  await tx.objectStore('signed').delete(id)
  await dropBody(tx, signed.sha256)
}

/** After a rewind the essentials came anew; what did not come again is no longer so. The establishments among it. */
async function sweepEarlier(tx: Stores, epoch: number): Promise<Uuid[]> {
  const former = (await tx.objectStore('records').getAll()).filter(row => row.epoch < epoch)
  for (const row of former) await tx.objectStore('records').delete([row.kind, row.id])
  return former.filter(row => row.kind === 'establishment').map(row => row.id)
}
