// When the exchange runs, and how it stands: on start, when the page is looked at, when the network comes back, by a
// timer, after signing, and by a button. One tab of a person drains at a time; two would be safe, only wasteful.

import {instant} from '../store/clock'
import {StoreError} from '../store/errors'
import type {Change} from '../store/feed'
import {standpoint} from '../store/replica'
import type {Instant} from '../store/shapes'
import {databaseName, type Store} from '../store/store'
import type {Fetch} from './api'
import type {Ended, Step} from './round'
import type {ExchangeState} from '../store/exchange_state'

/** Between rounds while all goes well and the app is open. */
export const REGULAR_MS = 5 * 60_000
/** After a failed round: doubled each time up to the longest, then shortened by chance so that phones spread. */
export const FIRST_WAIT_MS = 5_000
export const LONGEST_WAIT_MS = 10 * 60_000
/** How long what was written into a draft waits for a round that takes it to the office: what a lost phone costs. */
const DRAFT_WAIT_MS = 60_000
/** How long somebody who looks at this tab waits for another tab, which may be frozen, to finish. */
export const LOCK_WAIT_MS = 10_000
/** How long another tab's word that it is syncing is believed before asking whether it still lives. */
export const BELIEF_MS = 3_000

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

let calling: Promise<typeof import('./calling')> | null = null

/** Loads what speaks with the office. Raises what the browser raises when it does not come. */
export function loadCalling(): Promise<typeof import('./calling')> {
  return calling ??= import('./calling').catch((failure: unknown) => {
    calling = null
    throw failure
  })
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
  return new OpenExchange(store, around)
}

class OpenExchange implements Exchange {
  state: ExchangeState
  private running: Promise<ExchangeState> | null = null
  private again = false
  private failures = 0
  private timer: unknown = null
  private draftTimer: unknown = null
  private doubtTimer: unknown = null
  private readonly endings: (() => void)[] = []

  constructor(private readonly store: Store, private readonly around: Surroundings) {
    this.state = {phase: 'idle', code: null, step: null, since: this.at(), last_success_at: null, next_try_at: null}
  }

  sync(): Promise<ExchangeState> {
    return this.running ? this.running.then(() => this.run('button')) : this.run('button')
  }

  start(): void {
    if (this.endings.length > 0) return
    this.endings.push(
      this.around.onReturn(() => void this.run('looked_at')),
      this.store.feed.subscribe(change => this.heard(change)),
    )
    void this.recall().then(() => this.run('looked_at'))
  }

  stop(): void {
    this.around.clearTimer(this.timer)
    this.around.clearTimer(this.draftTimer)
    this.around.clearTimer(this.doubtTimer)
    this.endings.splice(0).forEach(end => end())
  }

  private heard(change: Change): void {
    if (change.what === 'outbox' && change.queued) void this.run('by_itself')
    if (change.what === 'drafts') this.planDrafts()
    if (change.what === 'session' && this.state.phase === 'sign_in') void this.run('looked_at')
    const elsewhere = change.what === 'exchange' && change.state !== this.state && !this.running
    if (!elsewhere) return
    this.state = {...change.state, next_try_at: this.state.next_try_at}
    this.doubt()
  }

  /** A tab that was closed in the middle of its round never says how it ended. Its lock is free then, and this one goes on. */
  private doubt(): void {
    this.around.clearTimer(this.doubtTimer)
    if (this.state.phase !== 'syncing') return
    this.doubtTimer = this.around.setTimer(() => {
      if (this.state.phase === 'syncing' && !this.running) void this.run('by_itself').then(() => this.doubt())
    }, BELIEF_MS)
  }

  /** When the exchange last succeeded, before this page was opened. */
  private async recall(): Promise<void> {
    const {last_success_at} = await standpoint(this.store).catch(() => this.state)
    this.state = {...this.state, last_success_at: this.state.last_success_at ?? last_success_at}
  }

  /** Runs a round, alone among this person's tabs. A trigger during a round makes one more follow it. */
  private run(trigger: Trigger): Promise<ExchangeState> {
    if (this.running) this.again = true
    return this.running ??= this.runAlone(trigger).finally(() => { this.running = null })
  }

  private async runAlone(trigger: Trigger): Promise<ExchangeState> {
    do {
      this.again = false
      const ran = await underLock(this.store, this.around.locks, trigger !== 'by_itself', () => this.runRound(trigger))
      if (!ran) this.planNext(REGULAR_MS)
    } while (this.again && this.state.phase === 'idle')
    return this.state
  }

  private async runRound(trigger: Trigger): Promise<void> {
    this.become({phase: 'syncing', step: null})
    const options = {fetch: this.around.fetch, asked: trigger === 'button', onStep: (step: Step) => this.become({step})}
    const round = await loadCalling().then(loaded => loaded.round, () => null)
    if (!round) return this.settle({is: 'failed', code: 'unreachable'})
    this.settle(await round(this.store, options).catch((failure: unknown) => (
      {is: 'failed', code: failure instanceof StoreError ? ofThePhone(failure) : 'bad_answer'} as const)))
  }

  private settle(ended: Ended | {is: 'failed'; code: string}): void {
    if (ended.is === 'sign_in' || ended.is === 'wiped') {
      this.become({phase: 'sign_in', code: ended.is === 'wiped' ? 'device_revoked' : 'sign_in', step: null, next_try_at: null})
    } else if (ended.is === 'done') {
      this.failures = 0
      this.become({phase: 'idle', code: null, step: null, last_success_at: this.at(), next_try_at: this.planNext(REGULAR_MS)})
    } else {
      this.failures += 1
      const wait = waitAfter(this.failures, ended.is === 'retry' ? ended.after_s : null, this.around.random)
      this.become({phase: isOffline(ended.code) ? 'offline' : 'error', code: ended.code, step: null, next_try_at: this.planNext(wait)})
    }
  }

  /** One round a minute at most while somebody fills in; without a connection the next try comes by itself. */
  private planDrafts(): void {
    if (this.draftTimer !== null || this.state.phase === 'offline' || this.state.phase === 'sign_in') return
    this.draftTimer = this.around.setTimer(() => {
      this.draftTimer = null
      void this.run('by_itself')
    }, DRAFT_WAIT_MS)
  }

  private planNext(ms: number): Instant | null {
    this.around.clearTimer(this.timer)
    if (this.endings.length === 0) return null
    this.timer = this.around.setTimer(() => void this.run('by_itself'), ms)
    return instant(this.store.clock() + ms)
  }

  private become(change: Partial<ExchangeState>): void {
    const since = change.phase !== undefined && change.phase !== this.state.phase ? this.at() : this.state.since
    this.state = {...this.state, since, ...change}
    this.store.feed.announce({what: 'exchange', state: this.state})
  }

  private at(): Instant { return instant(this.store.clock()) }
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

/** The phone's own storage, told apart from the server's. */
function ofThePhone({code}: StoreError): string {
  return code.replace('storage_', 'phone_')
}

function isOffline(code: string): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'not_our_server'
}
