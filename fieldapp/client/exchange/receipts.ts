// The answer to a push, and what it does to the outbox.

import type {OpRow, Point, SyncRow, Write} from '../store/db'
import {FRESH} from '../store/db'
import type {Instant, Sha256, Uuid} from '../store/shapes'
import {DRAFT, renameDraft} from '../store/backup'
import {isObject} from './api'
import {dropBody} from '../store/queue'
import {prune} from './prune'
import {rewind} from './rewind'
import {samePoint, seen} from './trail'

export interface Receipt {
  op: Uuid
  status: 'applied' | 'quarantined' | 'erased'
  seq: number
  why: string | null
  fields: unknown
  conflicts: string[]
  eff: Record<string, Instant>
  files_missing: Sha256[]
  decision?: 'applied' | 'dismissed' | null      // of a quarantined op, once the office has decided
}
export interface Receipts {kind: 'push'; mark: Point; safe: number; now: Instant; receipts: Receipt[]; revoked?: true}
export interface Rewound {kind: string; rewind: Point; now: Instant; revoked?: true}
export type PushAnswer = Receipts | Rewound

export function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && typeof value[1] === 'string'
}

export function isRewind(body: unknown, kind: string): body is Rewound {
  return isObject(body) && body['kind'] === kind && isPoint(body['rewind']) && isInstant(body['now'])
}

export function isInstant(value: unknown): value is Instant {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

const STATUSES = ['applied', 'quarantined', 'erased']

/** Whether a body answers a push of exactly these ops. */
export function isPushAnswer(ops: readonly OpRow[]): (body: unknown) => body is PushAnswer {
  const isReceipt = (receipt: unknown, n: number) => isObject(receipt) && receipt['op'] === ops[n]!.op
    && STATUSES.includes(receipt['status'] as string) && Number.isSafeInteger(receipt['seq'])
  return (body): body is PushAnswer => isRewind(body, 'push')
    || (isObject(body) && body['kind'] === 'push' && isPoint(body['mark']) && Number.isSafeInteger(body['safe'])
      && isInstant(body['now']) && Array.isArray(body['receipts']) && body['receipts'].length === ops.length
      && body['receipts'].every(isReceipt))
}

export type Applied = 'moved' | 'rewound' | 'overtaken'

/** The stores that an answer may touch. */
export const EXCHANGED = ['state', 'records', 'signed', 'bodies', 'outbox', 'files', 'blobs', 'thumbs', 'drafts', 'snapshots'] as const
export type Stores = Write<(typeof EXCHANGED)[number]>

/** Applies an answer, if the mark is still the one that was sent: another tab may have been faster, and then this
 *  answer changes nothing and the ops are offered again. offset_ms: the server's clock minus the device's. spare: where
 *  the answer sends the phone back, of spareOps. */
export async function applyReceipts(
  tx: Stores, sent: Point, answer: PushAnswer, offset_ms: number, at: Instant, spare: ReadonlyMap<Sha256, Uuid> = new Map()): Promise<Applied> {
  const state = tx.objectStore('state')
  const sync: SyncRow = {...await state.get('sync') ?? FRESH, offset_ms}
  if (!samePoint(sync.mark, sent)) return 'overtaken'
  if ('rewind' in answer) {
    await rewind(tx, sync, answer.rewind, spare, at)
    return 'rewound'
  }
  for (const receipt of answer.receipts) await applyReceipt(tx, receipt, at)
  const moved = {...seen(sync, answer.mark), safe: answer.safe}
  await state.put(moved)
  await prune(tx, moved, at)
  return 'moved'
}

async function applyReceipt(tx: Stores, receipt: Receipt, at: Instant): Promise<void> {
  const outbox = tx.objectStore('outbox')
  const row = await outbox.index('op').get(receipt.op)
  if (!row || row.state === 'acknowledged') return
  if (receipt.status === 'erased') return erase(tx, row)
  if (row.kind === DRAFT) await confirmDraft(tx, row, receipt, at)
  const {status, seq, why = null, fields = null, conflicts, eff, decision = null} = receipt
  const refused = status === 'quarantined' && decision !== 'applied'
  await outbox.put({
    ...row, record: isBeside(row, receipt) ? row.op : row.record, status, seq, why, fields,
    state: refused ? 'quarantined' : 'acknowledged',
    decided: decision !== null,
    conflicts: conflicts ?? [],
    eff: eff && Object.keys(eff).length > 0 ? eff : row.eff,
    error: null, attempted_at: at, receipted_at: at,
  })
  for (const digest of receipt.files_missing ?? []) await missFile(tx, digest)
}

/** Whether the office keeps this version of a draft beside another one, under the op's id. */
export function isBeside({kind}: Pick<OpRow, 'kind'>, {status, conflicts}: Receipt): boolean {
  return kind === DRAFT && status === 'applied' && (conflicts ?? []).includes('id')
}

async function confirmDraft(tx: Stores, row: OpRow, receipt: Receipt, at: Instant): Promise<void> {
  if (receipt.status !== 'applied') return
  if (isBeside(row, receipt)) await renameDraft(tx, row)
  const draft = await tx.objectStore('drafts').get(isBeside(row, receipt) ? row.op : row.record)
  if (draft?.over.includes(row.op)) await tx.objectStore('drafts').put({...draft, kept_at: at})
}

/** A record that was erased under the retention rules stays erased: the phone's copy goes, whatever a backup holds, with
 *  the files that nothing else here names. */
async function erase(tx: Stores, row: OpRow): Promise<void> {
  await tx.objectStore('outbox').delete(row.n!)
  await tx.objectStore('signed').delete(row.record)
  await dropBody(tx, row.sha256)
  const [ops, drafts] = await Promise.all([tx.objectStore('outbox').getAll(), tx.objectStore('drafts').getAll()])
  const named = new Set([...ops, ...drafts].flatMap(other => other.files))
  for (const digest of row.files.filter(name => !named.has(name))) {
    await tx.objectStore('files').delete(digest)
    await tx.objectStore('blobs').delete(digest)
    await tx.objectStore('thumbs').delete(digest)
  }
}

/** The server no longer has a file that it had: it is sent again if the phone still holds it. */
async function missFile(tx: Stores, digest: Sha256): Promise<void> {
  const file = await tx.objectStore('files').get(digest)
  if (file?.state === 'sent') await tx.objectStore('files').put({...file, state: 'pending', seq: null})
}
