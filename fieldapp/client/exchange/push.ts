// Hands in the outbox: batches of ops with their exact bytes, until nothing is pending.

import {instant} from '../store/clock'
import type {BodyRow, OpRow, SyncRow} from '../store/db'
import {FRESH} from '../store/db'
import {open} from '../store/seal'
import type {Uuid} from '../store/shapes'
import type {Store} from '../store/store'
import {APP} from '../store/version'
import {call, type Retry, type SignIn, type Wire} from './api'
import {applyReceipts, EXCHANGED, isBeside, isPushAnswer, type Applied, type PushAnswer, type Receipts} from './receipts'
import {spareOps} from './rewind'

export const PROTOCOL = 1
const MAX_OPS = 200
/** Of the whole message before compression, kept under the server's 2 MiB with room for the envelope. */
const MAX_BATCH_BYTES = 2 * 2 ** 20 - 2 ** 18

/** How long a refused op waits before the office is asked whether it has decided. */
export const ASK_AGAIN_MS = 3_600_000

/** Answers that say the message was too much, or arrived broken: a smaller one may pass, and shows which op is at fault. */
const SMALLER_MAY_PASS = ['push_too_large', 'malformed']

interface Pushed { is: 'done'; rewound: boolean; revoked: boolean }

/** lost: ops whose bytes a failing disk has lost; they must not hold up the rest. */
interface Batch { ops: OpRow[]; lost: OpRow[]; bodies: BodyRow[]; sync: SyncRow }

/** Pushes until nothing is pending. asked: the person pressed the button, so ask about refused ops as well. evenNothing:
 *  push once in any case, to learn whether the office still holds what it acknowledged. */
export async function push(store: Store, wire: Wire, asked = false, evenNothing = false): Promise<Pushed | Retry | SignIn> {
  const done: Pushed = {is: 'done', rewound: false, revoked: false}
  const tried = new Set<Uuid>()                 // ops that this run has an answer for, or cannot get through alone
  let most = MAX_OPS
  for (;;) {
    const batch = await nextBatch(store, tried, most, asked)
    if (batch.lost.length > 0) await noteFailure(store, batch.lost, 'body_lost')
    batch.lost.forEach(op => tried.add(op.op))
    if (batch.ops.length === 0 && batch.lost.length > 0) continue
    if (batch.ops.length === 0 && !evenNothing) return done
    const asking = evenNothing
    evenNothing = false
    batch.ops.forEach(op => store.sending.add(op.op))
    store.feed.announce({what: 'outbox', queued: false})
    const started = store.clock()
    const outcome = await send(store, wire, batch).finally(() => store.sending.clear())
    if (outcome.is === 'answer') {
      const applied = await apply(store, batch, outcome.body, started)
      done.revoked ||= outcome.body.revoked === true
      done.rewound ||= applied === 'rewound'
      evenNothing = asking && applied === 'overtaken'        // such an answer has told nothing
      if (applied === 'moved') batch.ops.forEach(op => tried.add(op.op))
      most = Math.min(MAX_OPS, most * 2)
      continue
    }
    await noteFailure(store, batch.ops, outcome.is === 'retry' ? outcome.code : 'sign_in')
    const smaller = outcome.is === 'retry' && (SMALLER_MAY_PASS.includes(outcome.code) || outcome.status === 413)
    if (!smaller || batch.ops.length === 0) return outcome
    if (batch.ops.length === 1) tried.add(batch.ops[0]!.op)
    most = Math.max(1, Math.floor(batch.ops.length / 2))
  }
}

/** The next ops in order of making, own ones first; those that the office has not decided about are asked for again. */
async function nextBatch(store: Store, tried: Set<Uuid>, most: number, asked: boolean): Promise<Batch> {
  const before = instant(store.clock() - ASK_AGAIN_MS)
  return store.run(async db => {
    const tx = db.transaction(['outbox', 'bodies', 'state'])
    const states = tx.objectStore('outbox').index('state')
    const [pending, refused, sync] = await Promise.all([
      states.getAll('pending'), states.getAll('quarantined'), tx.objectStore('state').get('sync')])
    const open = refused.filter(op => !op.decided && (asked || (op.receipted_at ?? '') < before))
    const wanted = [...pending.filter(op => op.own), ...pending.filter(op => !op.own), ...open].filter(op => !tried.has(op.op))
    const ops = withinBytes(wanted.slice(0, most))
    const bodies = await Promise.all(ops.map(op => tx.objectStore('bodies').get(op.sha256)))
    return {
      ops: ops.filter((_, n) => bodies[n]), lost: ops.filter((_, n) => !bodies[n]),
      bodies: bodies.filter(body => body !== undefined), sync: sync ?? FRESH,
    }
  })
}

function withinBytes(ops: OpRow[]): OpRow[] {
  let bytes = 0
  const fits = ops.findIndex(op => (bytes += op.bytes + 1) > MAX_BATCH_BYTES)
  return fits === -1 ? ops : ops.slice(0, Math.max(1, fits))
}

async function send(store: Store, wire: Wire, {ops, bodies, sync}: Batch) {
  const envelope = {
    v: PROTOCOL, device: wire.device, app: APP, sent: instant(store.clock()), mark: sync.mark, trail: sync.trail,
    ops: ops.map(({op, kind, ver, sha256, bytes, files, eff}) => ({op, kind, ver, sha256, bytes, files, ...eff && {eff}})),
  }
  const lines = await Promise.all(bodies.map(body => open(body.sealed)))
  const body = [JSON.stringify(envelope), ...lines].map(line => line + '\n').join('')
  return call(wire, {method: 'POST', path: 'push', type: 'application/x-ndjson', body, gzip: true}, isPushAnswer(ops))
}

async function apply(store: Store, {ops, sync}: Batch, answer: PushAnswer, started: number): Promise<Applied> {
  const now = store.clock()
  const offset_ms = Math.round(Date.parse(answer.now) - (started + now) / 2)
  const spare = 'rewind' in answer ? await spareOps(store) : undefined
  const applied = await store.write([...EXCHANGED], tx => applyReceipts(tx, sync.mark, answer, offset_ms, instant(now), spare), 'strict')
  const edited = ops.filter(op => op.kind === 'establishment').map(op => op.record)
  if (applied === 'moved' && 'receipts' in answer) announceMoved(store, ops, answer)
  if (edited.length > 0) store.feed.announce({what: 'replica', kind: 'establishment', ids: edited})
  store.feed.announce({what: 'outbox', queued: false})
  return applied
}

/** Screens of a draft that goes on under another id go with it. */
function announceMoved(store: Store, ops: OpRow[], {receipts}: Receipts): void {
  const moved = ops.filter((op, n) => isBeside(op, receipts[n]!)).map((op): [Uuid, Uuid] => [op.record, op.op])
  if (moved.length > 0) store.feed.announce({what: 'drafts', ids: moved.flat(), moved})
}

async function noteFailure(store: Store, ops: OpRow[], code: string): Promise<void> {
  const at = instant(store.clock())
  await store.write(['outbox'], async tx => {
    for (const {op} of ops) {
      const row = await tx.objectStore('outbox').index('op').get(op)
      if (row) await tx.objectStore('outbox').put({...row, attempted_at: at, error: code})
    }
  })
  store.feed.announce({what: 'outbox', queued: false})
}
