// An open database together with the clock and the feed that belong to it: the first argument of everything in store/.

import {deviceClock, instant, type Clock} from './clock'
import {openDatabase, type Db, type SyncRow, type Upgrade} from './db'
import {storageFailure} from './errors'
import {openFeed, type Feed} from './feed'
import type {Person} from './people'
import type {Instant} from './shapes'

export interface Store {
  readonly person: Person
  readonly feed: Feed
  readonly clock: Clock
  /** Runs `work` on the open database; when the browser has closed it, opens it again and tries once more, so `work`
   *  must be safe to repeat. Raises StoreError. */
  run<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Now by the server's clock, as far as its last answer told it. */
  now(): Promise<Instant>
  close(): void
}

export interface StoreOptions { clock?: Clock; upgrades?: readonly Upgrade[] }

/** The name of a person's database, and of the channel between that person's tabs. */
export function databaseName(person: Pick<Person, 'id'>): string {
  return `fieldapp-${person.id}`
}

/** Opens a person's database. Raises StoreError newer_version when another tab already runs a newer app. */
export async function openStore(person: Person, {clock = deviceClock, upgrades}: StoreOptions = {}): Promise<Store> {
  const name = databaseName(person)
  const feed = openFeed(name)
  let connection: Promise<Db> | null = null
  const forget = () => { connection = null }
  const connect = () => connection ??= openDatabase(name, upgrades ? {upgrades, onClosed: forget} : {onClosed: forget})

  async function run<T>(work: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await work(await connect())
    } catch (failure) {
      if (!isClosed(failure)) throw storageFailure(failure)
    }
    forget()
    return connect().then(work).catch(failure => { throw storageFailure(failure) })
  }

  const store: Store = {
    person, feed, clock, run,
    async now() {
      const row = await run(db => db.get('state', 'sync')) as SyncRow | undefined
      return instant(clock() + (row?.offset_ms ?? 0))
    },
    close() {
      feed.close()
      void connection?.then(db => db.close(), () => undefined)
      forget()
    },
  }
  await run(async () => undefined).catch(failure => { store.close(); throw failure })
  return store
}

/** Whether the connection was closed under us, as iOS does in the background; a new one will serve. */
function isClosed(failure: unknown): boolean {
  return failure instanceof DOMException && (failure.name === 'InvalidStateError' || failure.name === 'UnknownError')
}
