// A commune's real server, told what to do; and people with two tabs each, whose every call waits at a gate until the
// schedule lets it go on. Between two steps nothing moves, so a seed tells the whole story.

import 'fake-indexeddb/auto'
import type {Fetch} from '../../fieldapp/client/exchange/api'
import {signIn} from '../../fieldapp/client/exchange/enrol'
import {openExchange, type Exchange} from '../../fieldapp/client/exchange/exchange'
import {openStore} from '../../fieldapp/client/store/open'
import {session, type Person} from '../../fieldapp/client/store/people'
import {databaseName, type Store} from '../../fieldapp/client/store/store'

declare const process: {env: Record<string, string | undefined>}
declare function setImmediate(work: () => void): void

const PASSWORD = 'mật khẩu của bài thử'
const PATIENCE_MS = 60_000         // a machine that has other work is slow, not wrong
const NOW = Date.parse('2026-11-21T02:15:00.000Z')

/** What the office has; see commune.py. */
export interface Held {
  signed: Record<string, string>
  inbox: Record<string, string>
  receipts: Record<string, string>
  files: string[]
  points: [number, string][]
  told: number[]
}

/** A commune of its own, with its server running. */
export class Commune {
  now = NOW

  private constructor(private readonly number: number, private readonly port: number) {}

  static async open(): Promise<Commune> {
    globalThis.indexedDB = new (IDBFactory as unknown as new () => IDBFactory)()
    fullDisks.clear()
    const {commune, port} = await tell({do: 'open'}) as {commune: number; port: number}
    const opened = new Commune(commune, port)
    communes.push(opened)
    return opened
  }

  do(what: 'start' | 'kill' | 'close' | 'back_up' | 'restore' | 'held' | 'edit' | 'expire' | 'revoke' | 'hand_over', told: object = {}): Promise<unknown> {
    return tell({do: what, commune: this.number, now: this.now, ...told})
  }

  async held(): Promise<Held> { return await this.do('held') as Held }

  /** Everything the server hears from here on tells it what time it is. */
  moveClock(ms: number): void { this.now += ms }

  /** Over the real network; paths are the server's own. */
  readonly fetch: Fetch = (path, init) => fetch(`http://127.0.0.1:${this.port}${path}`, {
    ...init, headers: {...init.headers as Record<string, string>, 'X-Now': String(this.now)}})
}

const communes: Commune[] = []

async function tell(told: object): Promise<unknown> {
  const communes = process.env['COMMUNES']
  if (!communes) throw new Error('No communes: run `python -m tests.client`')
  const answer = await fetch(communes, {method: 'POST', body: JSON.stringify(told)})
  const body = await answer.json() as unknown
  if (!answer.ok) throw new Error((body as string[]).join(''))
  return body
}

// ---- gates ----

/** What may happen to a call on its way: it does the real call, or not, changed or as often as it likes. */
export type Network = (call: (init: RequestInit) => Promise<Response>, init: RequestInit) => Promise<Response>

export class Tab {
  private waiting: (() => void)[] = []
  running = false

  private constructor(readonly store: Store, private readonly exchange: Exchange) {}

  static async open(commune: Commune, person: Person, clock: () => number, network: Network): Promise<Tab> {
    const gated: Fetch = async (path, init) => {
      await tab.gate()
      flying += 1
      const answer = await network(sent => commune.fetch(path, sent), init).finally(() => { flying -= 1 })
      await tab.gate()
      return answer
    }
    const store = await openStore(person, {clock})
    const exchange = openExchange(store, {
      fetch: gated, locks: null, random: () => 1, setTimer: () => 0, clearTimer: () => undefined, onReturn: () => () => undefined})
    const tab: Tab = new Tab(store, exchange)
    tabs.add(tab)
    return tab
  }

  private gate(): Promise<void> { return new Promise(pass => this.waiting.push(pass)) }

  get busy(): boolean { return this.running && this.waiting.length === 0 }

  /** Begins a round, or lets the round that waits take its next step; then waits until nothing moves. */
  async step(): Promise<void> {
    if (this.running) this.waiting.shift()?.()
    else {
      this.running = true
      void this.exchange.sync().finally(() => { this.running = false })
    }
    await settled()
  }

  /** A whole round, to its end. */
  async round(): Promise<string> {
    do await this.step(); while (this.running)
    return this.exchange.state.phase
  }

  /** Closed by the person or by the system: what waits is never heard of again. */
  kill(): void {
    tabs.delete(this)
    this.store.close()
  }
}

const tabs = new Set<Tab>()
let flying = 0

const open = new Set<IDBTransaction>()     // they can still move something
const fullDisks = new Set<string>()

/** From now on every write to this person's database is aborted, as by a browser that gives no more room. */
export function fillDisk(person: Person, full: boolean): void {
  if (full) fullDisks.add(databaseName(person))
  else fullDisks.delete(databaseName(person))
}

const {transaction} = IDBDatabase.prototype
IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...told: Parameters<typeof transaction>) {
  const opened = transaction.apply(this, told)
  open.add(opened)
  const ended = () => { open.delete(opened) }
  opened.addEventListener('complete', ended)
  opened.addEventListener('abort', ended)
  return opened
} as typeof transaction

for (const name of ['put', 'add'] as const) {
  const write = IDBObjectStore.prototype[name]
  IDBObjectStore.prototype[name] = function (this: IDBObjectStore, ...told: Parameters<typeof write>) {
    const request = write.apply(this, told)
    const {transaction: running} = this as unknown as {transaction: IDBTransaction & {_abort(name: string): void}}
    if (fullDisks.has(running.db.name)) queueMicrotask(() => { if (open.has(running)) running._abort('QuotaExceededError') })
    return request
  } as typeof write
}

/** Resolves when every tab has finished or waits at a gate, and no transaction is open. */
async function settled(): Promise<void> {
  const since = Date.now()
  for (let calm = 0; calm < 4; calm++) {
    if (Date.now() - since > PATIENCE_MS) throw new Error(`nothing comes to rest: ${flying} calls, ${open.size} transactions`)
    await new Promise<void>(resolve => flying > 0 ? setTimeout(resolve, 1) : setImmediate(resolve))
    if (flying > 0 || open.size > 0 || [...tabs].some(tab => tab.busy)) calm = -1
  }
}

/** The tabs go, and with them every server: a hundred that idle are a load of their own. */
export async function closeAll(): Promise<void> {
  for (const tab of tabs) tab.kill()
  for (const commune of communes.splice(0)) await commune.do('close')
}

// ---- people ----

/** Signs in as a person does: once more where there was no connection, which one to a server that was killed is at first. */
export async function enrolled(commune: Commune, username: string, again = true): Promise<Person> {
  const calls: Promise<unknown>[] = []         // the first pull begins with the sign-in: the office has answered it as well
  const told: Fetch = (path, init) => {
    const call = commune.fetch(path, init)
    calls.push(call)
    return call
  }
  const signedIn = await signIn({username, password: PASSWORD}, told, () => commune.now)
  await Promise.allSettled(calls)
  if (signedIn.ok) return signedIn.person
  if (again && signedIn.code === 'unreachable') return enrolled(commune, username, false)
  throw new Error(`${username} cannot sign in: ${signedIn.code}`)
}

export async function deviceOf(person: Person): Promise<string | null> {
  return (await session(person.id))?.device ?? null
}
