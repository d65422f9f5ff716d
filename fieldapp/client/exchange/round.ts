// One round of the exchange: hand in the records, bring the essentials, hand in the photos, bring the history.

import {forgetToken, noteRevoked, session, wipe} from '../store/people'
import {queueDrafts} from '../store/backup'
import {instant} from '../store/clock'
import {FRESH, type SyncRow} from '../store/db'
import {sweepDropped} from '../store/drafts'
import type {Store} from '../store/store'
import type {Fetch, Retry, SignIn, Wire} from './api'
import {fetchFiles, sendFiles} from './files'
import {pull} from './pull'
import {push} from './push'
import type {ExchangeState} from '../store/exchange_state'

export type Step = NonNullable<ExchangeState['step']>

/** How a round ended. `wiped`: the device is revoked, had handed in everything, and is empty now. */
export type Ended = {is: 'done'} | {is: 'wiped'} | Retry | SignIn

/** After a rewind everything is offered again; more than this in one round is the timer's business. */
const MAX_REWINDS = 5

interface RoundOptions { fetch: Fetch; asked: boolean; onStep: (step: Step) => void }

/** Runs a round. Raises StoreError when the phone's storage fails; everything up to there is kept. */
export async function round(store: Store, {fetch, asked, onStep}: RoundOptions): Promise<Ended> {
  const who = await session(store.person.id)
  if (!who?.token) return {is: 'sign_in'}
  const wire: Wire = {fetch, device: who.device, token: who.token}
  const ended = who.revoked ? await handIn(store, wire, asked, onStep) : await exchange(store, wire, asked, onStep)
  if (ended.is === 'sign_in') await forgetToken(store.person.id, who.token)
  if (ended.is === 'retry' && ended.code === 'device_revoked') {
    await noteRevoked(store.person.id, who.token)
    return handIn(store, wire, asked, onStep)
  }
  if (ended.is === 'done') await noteSuccess(store)
  return ended
}

async function exchange(store: Store, wire: Wire, asked: boolean, onStep: (step: Step) => void): Promise<Ended> {
  for (let rewinds = 0; rewinds <= MAX_REWINDS; rewinds++) {
    onStep('push')
    await sweepDropped(store)
    await queueDrafts(store)
    const pushed = await push(store, wire, asked)
    if (pushed.is !== 'done') return pushed
    if (pushed.revoked) return {is: 'retry', code: 'device_revoked', status: 200, after_s: null, fields: null}
    if (pushed.rewound) continue
    onStep('essentials')
    const essentials = await pull(store, wire, 'essentials')
    if (essentials.is !== 'done') return essentials
    if (essentials.rewound) continue
    onStep('files')
    const sent = await sendFiles(store, wire, asked)
    if (sent.is !== 'done') return sent
    await fetchFiles(store, wire)
    onStep('history')
    const history = await pull(store, wire, 'history')
    if (history.is !== 'done') return history
    if (!history.rewound) return {is: 'done'}
  }
  return {is: 'retry', code: 'bad_answer', status: 200, after_s: null, fields: null}
}

/** A revoked device only hands in what it holds; once all of it has receipts, it empties itself. It pulls no more, so
 *  only a push tells it that the office was restored and lost what had its receipt. */
async function handIn(store: Store, wire: Wire, asked: boolean, onStep: (step: Step) => void): Promise<Ended> {
  onStep('push')
  await queueDrafts(store)
  const pushed = await push(store, wire, asked, true)
  if (pushed.is !== 'done') return pushed
  onStep('files')
  const sent = await sendFiles(store, wire, asked)
  if (sent.is !== 'done') return sent
  // Sent back, it offers its drafts again as well, which are put into the outbox when the next round begins.
  if (!pushed.rewound && await wipe(store)) return {is: 'wiped'}
  return {is: 'retry', code: 'device_revoked', status: 200, after_s: null, fields: null}
}

async function noteSuccess(store: Store): Promise<void> {
  await store.write(['state'], async tx => {
    const sync: SyncRow = await tx.objectStore('state').get('sync') ?? FRESH
    await tx.objectStore('state').put({...sync, last_success_at: instant(store.clock())})
  })
}

