// Brings what changed at the office, page by page: the essentials that make the phone usable, then the history.

import {instant} from '../store/clock'
import {DRAFT} from '../store/backup'
import type {SignedRow, Stamps, Stream, SyncRow} from '../store/db'
import {sha256, utf8Length} from '../store/digest'
import {learn} from '../store/establishments'
import {signedAt, standpoint} from '../store/replica'
import {seal, sealJson} from '../store/seal'
import type {Commitment, Establishment, Inspection} from '../store/shapes'
import type {Store} from '../store/store'
import {mended, worthTelling, type Decision, type Returned, type Told} from '../store/told'
import type {Outcome, Retry, SignIn, Wire} from './api'
import type {Gone, Page, Put} from './change'
import {News} from './news'
import {advance, applyPage, type Ready} from './page'
import {readyDraft} from './arriving'
import {askAhead, pagesFrom, type Coming} from './pages'
import {EXCHANGED, type Rewound} from './receipts'
import {spareOps} from './rewind'

/** The kinds that screens keep in memory; all are read again when the essentials have become whole. */
const KINDS = ['unit', 'area', 'business_entity', 'checklist', 'schedule_entry', 'establishment', 'decision', 'conflict']

interface Pulled { is: 'done'; rewound: boolean }

/** Pulls a stream to its end. Each page is stored as a whole, or not at all when another tab was faster. */
export async function pull(store: Store, wire: Wire, stream: Stream): Promise<Pulled | Retry | SignIn> {
  for (;;) {
    const first = pagesFrom(store.clock, wire, stream, await standpoint(store))
    if (stream === 'essentials' && isFirstPull(first.from)) void askHistory(store, wire, first)
    const news = new News(store)
    const ended = await storePages(store, stream, first, news).finally(() => {
      first.stop()
      news.tell()
    })
    if (ended !== 'overtaken') return ended
  }
}

async function storePages(store: Store, stream: Stream, first: Coming, news: News): Promise<Pulled | Retry | SignIn | 'overtaken'> {
  let coming: Coming | null = first
  while (coming) {
    const outcome: Outcome<Page | Rewound> = await coming.outcome
    if (outcome.is !== 'answer') return outcome
    const answer = outcome.body
    const applied = await apply(store, stream, coming, answer, news)
    if (applied === 'rewound') return {is: 'done', rewound: true}
    if (applied === 'moved' && !goesOn(answer)) return {is: 'done', rewound: false}
    coming.stored()
    coming = applied === 'moved' ? await coming.next : null
  }
  return 'overtaken'                 // go on from wherever the replica stands now
}

/** Asks for the history once the last of the essentials has come, while those before it are still coming or being stored. */
async function askHistory(store: Store, wire: Wire, first: Coming): Promise<void> {
  let last = first
  for (let next = await last.next; next; next = await last.next) last = next
  const outcome = await last.outcome
  if (outcome.is !== 'answer' || !isLast(outcome.body)) return
  askAhead(store.clock, wire, 'history', advance(last.from, 'essentials', outcome.body))
}

function goesOn(answer: Page | Rewound): boolean {
  return 'more' in answer && answer.more
}

function isLast(answer: Page | Rewound): answer is Page {
  return 'more' in answer && !answer.more
}

/** Then nothing waits to be sent that would move the mark before the next stream is pulled. */
function isFirstPull({history, epoch}: SyncRow): boolean {
  return history === null && epoch === 0
}

async function apply(store: Store, stream: Stream, {from, started, arrived}: Coming, answer: Page | Rewound, news: News) {
  const back = 'rewind' in answer
  const ready = back ? [] : await Promise.all(answer.changes.map(change => prepare(store, change)))
  const spare = back ? await spareOps(store) : new Map()
  const offset_ms = Math.round(Date.parse(answer.now) - (started + arrived) / 2)
  const {applied, outbox} = await store.write([...EXCHANGED], tx => (
    applyPage(tx, {stream, from, answer, ready, offset_ms, spare, at: instant(store.clock())})))
  if (applied === 'moved') {
    if (!outbox && !back) learn(store, pulledEstablishments(answer))
    news.add(ready)
  }
  // What did not come again after a rewind has gone from the phone without a word.
  if (applied === 'moved' && stream === 'essentials' && from.epoch > 0 && !from.whole && !goesOn(answer)) {
    KINDS.forEach(kind => store.feed.announce({what: 'replica', kind, ids: 'all'}))
  }
  if (outbox) store.feed.announce({what: 'outbox', queued: false})
  return applied
}

function pulledEstablishments({changes}: Page): Establishment[] {
  return changes.flatMap(change => change.type === 'put' && change.kind === 'establishment' ? [change.body as Establishment] : [])
}

async function prepare(store: Store, change: Put | Gone): Promise<Ready> {
  if (change.type !== 'put') return {gone: change}
  const draft = change.kind === DRAFT ? await readyDraft(change, store.person) : null
  if (draft) return {draft}
  const {kind, id, raw} = change
  if (raw === undefined) {
    const stamps: Stamps = Object.fromEntries(Object.entries(change.stamps ?? {}).map(([field, [at, device, op]]) => [field, {at, device, op}]))
    const row = {kind, id, sealed: await sealJson({body: change.body, stamps})}
    return kind === 'decision' ? {row, decision: change.body as Decision} : {row}
  }
  return prepareSigned(store, change, raw)
}

async function prepareSigned(store: Store, {id, kind, op = id, ver = 1, files = [], ...change}: Put, raw: string): Promise<Ready> {
  const told: Told = {review: change.review ?? null, repair: change.repair ?? null}
  const body = JSON.parse(raw) as Inspection | Commitment
  const {establishment} = mended(body, told.repair)
  const signed: SignedRow = {
    id, kind, op, ver, sha256: change.sha256 ?? await sha256(raw), establishment, signed_at: signedAt(mended(body, told.repair)),
    files, own: false, told: await sealJson(told),
  }
  const telling = body.author === store.person.id && worthTelling(told)
    ? await sealJson({body: {id, kind, establishment, ...told} satisfies Returned, stamps: {}}) : null
  return {signed, bytes: utf8Length(raw), sealed: await seal(raw), telling}
}
