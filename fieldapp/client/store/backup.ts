// Drafts kept at the office too, privately: a lost phone costs minutes. A draft is offered whole, as an op of the kind
// `draft` that names the versions it was made from (sync/PROTOCOL.md, "draft"); only its newest version is in the outbox.

import type {DraftRow, OpRow, Write} from './db'
import {sha256} from './digest'
import {StoreError} from './errors'
import {dropBody, enqueue, prepare} from './queue'
import {openJson} from './seal'
import type {Draft} from './draft'
import type {Sha256, Uuid} from './shapes'
import type {Store} from './store'

/** The kind, as on the wire. */
export const DRAFT = 'draft'

/** How many earlier versions a draft remembers: enough that another phone's copy is known as one of them. */
export const OVER_KEEPS = 16

type Stores = Write<'drafts' | 'outbox' | 'bodies' | 'signed'>

/** Why a draft's copy may stay behind: nothing that is signed waits for it. On a full phone it would hold up the way out. */
const MAY_STAY: readonly string[] = ['body_too_large', 'storage_full']

/** Puts the newest version of every draft that changed, and the word of every one that ended, into the outbox. What is
 *  too large, or has no room on a full phone, stays behind. */
export async function queueDrafts(store: Store): Promise<void> {
  const [rows, refused] = await store.run(db => {
    const tx = db.transaction(['drafts', 'outbox'])
    return Promise.all([tx.objectStore('drafts').getAll(), tx.objectStore('outbox').index('state').getAll('quarantined')])
  })
  // A server that does not know drafts yet, or a revoked phone: one version in the inbox is enough until it decides.
  const waiting = new Set(refused.filter(op => op.kind === DRAFT && !op.decided).map(op => op.record))
  for (const row of rows) {
    if (!isDue(row) || (waiting.has(row.id) && !row.ended)) continue
    await queueDraft(store, row, row.ended ? null : await sumOf(row)).catch(failure => {
      if (!(failure instanceof StoreError && MAY_STAY.includes(failure.code))) throw failure
    })
  }
}

/** Whether the office has to be told something about a draft. */
export function isDue({ended, dropped_at, rev, kept_rev}: DraftRow): boolean {
  return ended !== null || (dropped_at === null && rev !== kept_rev)
}

/** What a draft says, apart from where in it the person was: looking at it makes no new version. */
export function sum(draft: Draft): Promise<Sha256> {
  return sha256(JSON.stringify({...draft, place: null, updated_at: ''}))
}

async function sumOf(row: DraftRow): Promise<Sha256> {
  return sum(await openJson<Draft>(row.sealed))
}

async function queueDraft(store: Store, row: DraftRow, kept_sum: Sha256 | null): Promise<void> {
  const {id, over, establishment, ended} = row
  if (!ended && kept_sum === row.kept_sum && row.kept_rev >= 0) return noteKept(store, row)
  const subject = {kind: DRAFT, record: id, establishment, files: ended ? [] : row.files}
  const prepared = await prepare(store, subject, ended ? {id, over, end: ended} : {id, over, ...await bodyOf(row)})
  await store.write(['drafts', 'outbox', 'bodies', 'signed'], async tx => {
    const there = await tx.objectStore('drafts').get(id)
    if (!there || there.ended !== ended || there.over[0] !== over[0]) return       // another tab was faster
    await forgetOps(tx, id)
    await enqueue(tx, prepared)
    if (ended) await tx.objectStore('drafts').delete(id)
    else await tx.objectStore('drafts').put({...there, over: [prepared.op.op, ...over].slice(0, OVER_KEEPS), kept_rev: row.rev, kept_sum, from: null})
  })
}

/** Only looked at since the last version. */
async function noteKept(store: Store, {id, rev, over}: DraftRow): Promise<void> {
  await store.write(['drafts'], async tx => {
    const there = await tx.objectStore('drafts').get(id)
    if (there && there.over[0] === over[0]) await tx.objectStore('drafts').put({...there, kept_rev: rev})
  })
}

async function bodyOf(row: DraftRow) {
  const draft = await openJson<Draft>(row.sealed)
  return {kind: row.kind, establishment: row.establishment, begun_at: draft.created_at, saved_at: draft.updated_at, draft}
}

/** Takes a draft's versions out of the outbox, but for one: a newer one holds all that they held. */
async function forgetOps(tx: Stores, id: Uuid, but: Uuid | null = null): Promise<void> {
  const ops = await tx.objectStore('outbox').getAll()
  for (const op of ops.filter(one => one.kind === DRAFT && one.record === id && one.op !== but)) {
    await tx.objectStore('outbox').delete(op.n!)
    await dropBody(tx, op.sha256)
  }
}

/** The office keeps this phone's version beside another one: the draft goes on under the op's id, as on every other
 *  phone of the person. True when there was such a draft here. */
export async function renameDraft(tx: Stores, {record, op}: Pick<OpRow, 'record' | 'op'>): Promise<boolean> {
  const drafts = tx.objectStore('drafts')
  const row = await drafts.get(record)
  if (!row || row.ended || !row.over.includes(op) || record === op) return false
  await forgetOps(tx, record, op)
  const newest = row.over[0] === op
  await drafts.put({...row, id: op, kept_rev: newest ? row.kept_rev : -1})
  await drafts.delete(record)
  return true
}
