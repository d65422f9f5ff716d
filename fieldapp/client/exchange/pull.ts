// Brings what changed at the office, page by page: the essentials that make the phone usable, then the history.

import {instant} from '../store/clock'
import type {SignedRow, Stamps, Stream, SyncRow} from '../store/db'
import {NOTHING_SEEN} from '../store/db'
import {sha256, utf8} from '../store/digest'
import {signedAt, standpoint} from '../store/replica'
import {seal, sealJson} from '../store/seal'
import type {Commitment, Inspection} from '../store/shapes'
import type {Store} from '../store/store'
import {call, isObject, type Outcome, type Retry, type SignIn, type Wire} from './api'
import {advance, applyPage, type Gone, type Page, type Put, type Ready} from './page'
import {PROTOCOL} from './push'
import {EXCHANGED, isInstant, isPoint, isRewind, type Rewound} from './receipts'

export const PAGE_ROWS = 500

/** The kinds that screens keep in memory; all are read again when the essentials have become whole. */
const KINDS = ['unit', 'area', 'business_entity', 'checklist', 'establishment']

export interface Pulled { is: 'done'; rewound: boolean }

/** Pulls a stream to its end. While a page is being stored, the next is already on its way. */
export async function pull(store: Store, wire: Wire, stream: Stream): Promise<Pulled | Retry | SignIn> {
  let from = await standpoint(store)
  let coming = ask(store, wire, stream, from)
  for (;;) {
    const {outcome, started} = await coming
    if (outcome.is !== 'answer') return outcome
    const answer = outcome.body
    const next = 'rewind' in answer ? null : advance(from, stream, answer)
    if (next && answerGoesOn(answer)) coming = ask(store, wire, stream, next)
    const offset_ms = Math.round(Date.parse(answer.now) - (started + store.clock()) / 2)
    const applied = await apply(store, stream, from, answer, offset_ms)
    if (applied === 'rewound') return {is: 'done', rewound: true}
    if (applied === 'moved' && next && !answerGoesOn(answer)) return {is: 'done', rewound: false}
    if (applied === 'moved') from = next!
    else {
      await coming.catch(() => undefined)
      from = await standpoint(store)             // another tab was faster: go on from where it is
      coming = ask(store, wire, stream, from)
    }
  }
}

function answerGoesOn(answer: Page | Rewound): boolean {
  return 'more' in answer && answer.more
}

async function ask(store: Store, wire: Wire, stream: Stream, {[stream]: cursor, mark, trail}: SyncRow): Promise<{outcome: Outcome<Page | Rewound>; started: number}> {
  const started = store.clock()
  const body = JSON.stringify({v: PROTOCOL, device: wire.device, stream, cursor: cursor ?? NOTHING_SEEN, mark, trail, limit: PAGE_ROWS})
  return {started, outcome: await call(wire, {method: 'POST', path: 'pull', type: 'application/json', body}, isPage)}
}

function isPage(body: unknown): body is Page | Rewound {
  return isRewind(body, 'pull') || (isObject(body) && body['kind'] === 'pull' && Array.isArray(body['changes'])
    && body['changes'].every(isChange) && isPoint(body['cursor']) && isPoint(body['mark'])
    && typeof body['more'] === 'boolean' && Number.isSafeInteger(body['safe']) && isInstant(body['now']))
}

function isChange(change: unknown): boolean {
  return isObject(change) && ['put', 'tombstone', 'leave'].includes(change['type'] as string)
    && typeof change['kind'] === 'string' && typeof change['id'] === 'string'
}

async function apply(store: Store, stream: Stream, from: SyncRow, answer: Page | Rewound, offset_ms: number) {
  const ready = 'rewind' in answer ? [] : await Promise.all(answer.changes.map(prepare))
  const applied = await store.write([...EXCHANGED], tx => (
    applyPage(tx, {stream, from, answer, ready, offset_ms, at: instant(store.clock())})))
  if (applied === 'moved') announce(store, ready)
  if (applied === 'moved' && stream === 'essentials' && !from.whole && !answerGoesOn(answer)) {
    KINDS.forEach(kind => store.feed.announce({what: 'replica', kind, ids: 'all'}))
  }
  if (applied !== 'overtaken') store.feed.announce({what: 'outbox', queued: false})
  return applied
}

async function prepare(change: Put | Gone): Promise<Ready> {
  if (change.type !== 'put') return {gone: change}
  const {kind, id, raw} = change
  if (raw === undefined) {
    const stamps: Stamps = Object.fromEntries(Object.entries(change.stamps ?? {}).map(([field, [at, device, op]]) => [field, {at, device, op}]))
    return {row: {kind, id, sealed: await sealJson({body: change.body, stamps})}}
  }
  const body = JSON.parse(raw) as Inspection | Commitment
  const signed: SignedRow = {
    id, kind, op: change.op ?? id, ver: change.ver ?? 1, sha256: change.sha256 ?? await sha256(raw),
    establishment: body.establishment, signed_at: signedAt(body), files: change.files ?? [], own: false,
  }
  return {signed, bytes: utf8(raw).byteLength, sealed: await seal(raw)}
}

function announce(store: Store, ready: Ready[]): void {
  const ids = new Map<string, string[]>()
  for (const one of ready) {
    const {kind, id} = 'row' in one ? one.row : 'signed' in one ? one.signed : one.gone
    ids.set(kind, [...ids.get(kind) ?? [], id])
  }
  ids.forEach((changed, kind) => store.feed.announce({what: 'replica', kind, ids: changed}))
}
