// When the exchange runs, and how it stands: on start, when the page is looked at, when the network comes back, by a
// timer, after signing, and by a button. One tab of a person drains at a time; two would be safe, only wasteful.

import {instant} from '../store/clock'
import {StoreError} from '../store/errors'
import {standpoint} from '../store/replica'
import {databaseName, type Store} from '../store/store'
import type {Fetch} from './api'
import {round, type Ended} from './round'
import type {ExchangeState} from './state'

/** Between rounds while all goes well and the app is open. */
export const REGULAR_MS = 5 * 60_000
/** After a failed round: doubled each time up to the longest, then shortened by chance so that phones spread. */
export const FIRST_WAIT_MS = 5_000
export const LONGEST_WAIT_MS = 10 * 60_000
/** How long somebody who looks at this tab waits for another tab, which may be frozen, to finish. */
export const LOCK_WAIT_MS = 10_000

export interface Exchange {
  readonly state: ExchangeState
  /** Syncs now (the button), whatever the timer says. Resolves when the round has ended, well or not. */
  sync(): Promise<ExchangeState>
  /** Syncs on start, on `online`, on becoming visible, after signing and by a timer from now on. */
  start(): void
  stop(): void
}

/** What the exchange takes from the browser; replaced in tests. */
export interface Surroundings {
  fetch: Fetch
  locks: LockManager | null        // null: not over plain HTTP
  random: () => number
  setTimer: (work: () => void, ms: number) => unknown
  clearTimer: (timer: unknown) => void
  /** Calls `work` whenever the network may be back or the person looks at the page; returns what ends this. */
  onReturn: (work: () => void) => () => void
}

type Trigger = 'looked_at' | 'by_itself' | 'button'

export function browserSurroundings(): Surroundings {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    locks: (globalThis.navigator?.locks as LockManager | undefined) ?? null,
    random: Math.random,
    setTimer: (work, ms) => setTimeout(work, ms),
    clearTimer: timer => clearTimeout(timer as ReturnType<typeof setTimeout>),
    onReturn(work) {
      const looked = () => { if (document.visibilityState === 'visible') work() }
      addEventListener('online', work)
      document.addEventListener('visibilitychange', looked)
      return () => {
        removeEventListener('online', work)
        document.removeEventListener('visibilitychange', looked)
      }
    },
  }
}

export function openExchange(store: Store, around: Surroundings = browserSurroundings()): Exchange {
  const at = () => instant(store.clock())
  let state: ExchangeState = {phase: 'idle', code: null, step: null, since: at(), last_success_at: null, next_try_at: null}
  let running: Promise<ExchangeState> | null = null
  let again = false
  let failures = 0
  let timer: unknown = null
  const endings: (() => void)[] = []

  function become(change: Partial<ExchangeState>): void {
    const since = change.phase !== undefined && change.phase !== state.phase ? at() : state.since
    state = {...state, since, ...change}
    store.feed.announce({what: 'exchange', state})
  }

  async function runRound(trigger: Trigger): Promise<void> {
    become({phase: 'syncing', step: null})
    const ended = await round(store, {fetch: around.fetch, asked: trigger === 'button', onStep: step => become({step})})
      .catch((failure: unknown) => ({is: 'failed', code: failure instanceof StoreError ? failure.code : 'bad_answer'} as const))
    settle(ended)
  }

  function settle(ended: Ended | {is: 'failed'; code: string}): void {
    if (ended.is === 'sign_in' || ended.is === 'wiped') {
      become({phase: 'sign_in', code: ended.is === 'wiped' ? 'device_revoked' : 'sign_in', step: null, next_try_at: null})
      return
    }
    failures = ended.is === 'done' ? 0 : failures + 1
    const wait = ended.is === 'done' ? REGULAR_MS : waitAfter(failures, ended.is === 'retry' ? ended.after_s : null, around.random)
    const next_try_at = planNext(wait)
    if (ended.is === 'done') become({phase: 'idle', code: null, step: null, last_success_at: at(), next_try_at})
    else become({phase: isOffline(ended.code) ? 'offline' : 'error', code: ended.code, step: null, next_try_at})
  }

  function planNext(ms: number): string | null {
    around.clearTimer(timer)
    if (endings.length === 0) return null
    timer = around.setTimer(() => void run('by_itself'), ms)
    return instant(store.clock() + ms)
  }

  /** Runs a round, alone among this person's tabs. A trigger during a round makes one more follow it. */
  function run(trigger: Trigger): Promise<ExchangeState> {
    if (running) {
      again = true
      return running
    }
    running = alone(trigger).finally(() => { running = null })
    return running
  }

  async function alone(trigger: Trigger): Promise<ExchangeState> {
    do {
      again = false
      const ran = await underLock(store, around.locks, trigger !== 'by_itself', () => runRound(trigger))
      if (!ran) planNext(REGULAR_MS)
    } while (again && state.phase === 'idle')
    return state
  }

  return {
    get state() { return state },
    sync() {
      const busy = running
      return busy ? busy.then(() => run('button')) : run('button')
    },
    start() {
      if (endings.length > 0) return
      void standpoint(store).then(({last_success_at}) => { if (state.last_success_at === null) state = {...state, last_success_at} }, () => undefined)
      endings.push(around.onReturn(() => void run('looked_at')))
      endings.push(store.feed.subscribe(change => {
        if (change.what === 'outbox' && change.queued) void run('by_itself')
        if (change.what === 'session' && state.phase === 'sign_in') void run('looked_at')
        if (change.what === 'exchange' && change.state !== state && !running) state = {...change.state, next_try_at: state.next_try_at}
      }))
      void run('looked_at')
    },
    stop() {
      around.clearTimer(timer)
      endings.splice(0).forEach(end => end())
    },
  }
}

/** Runs the work under this person's lock; false when another tab has it and nobody is waiting for this one. */
async function underLock(store: Store, locks: LockManager | null, waits: boolean, work: () => Promise<void>): Promise<boolean> {
  if (!locks) return work().then(() => true)
  const name = `${databaseName(store.person)}-exchange`
  if (!waits) return locks.request(name, {ifAvailable: true}, async lock => lock !== null && work().then(() => true))
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), LOCK_WAIT_MS)
  const begin = () => {
    clearTimeout(timer)
    return work().then(() => true)
  }
  return locks.request(name, {signal: patience.signal}, begin).catch(failure => {
    if (patience.signal.aborted) return begin()      // the other tab is frozen, or very slow; two at once are safe
    throw failure
  })
}

/** Milliseconds until the next try after so many failures in a row. after_s: the patience the server asked for. */
export function waitAfter(failures: number, after_s: number | null, random: () => number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1))
  return Math.max(longest * (0.5 + random() / 2), (after_s ?? 0) * 1000)
}

function isOffline(code: string): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'not_our_server'
}
