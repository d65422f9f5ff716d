// An open database together with the clock and the feed that belong to it: the first argument of everything in store/.

import {deviceClock, instant, type Clock} from './clock'
import {connection, type Connection} from './connection'
import {openDatabase, type Schema, type SyncRow, type Upgrade} from './db'
import {openFeed, type Feed} from './feed'
import type {Person} from './people'
import {followReplica} from './replica'
import type {Instant, Uuid} from './shapes'

export interface Store extends Connection<Schema> {
  readonly person: Person
  readonly feed: Feed
  readonly clock: Clock
  /** The ops that this tab is sending just now. */
  readonly sending: Set<Uuid>
  /** Now by the server's clock, as far as its last answer told it. */
  now(): Promise<Instant>
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
  const {run, write, close} = connection<Schema>(onClosed => openDatabase(name, upgrades ? {upgrades, onClosed} : {onClosed}))
  let offset: Promise<number> | null = null      // read again after every word from the server
  const store: Store = {
    person, feed, clock, run, write,
    sending: new Set(),
    async now() {
      offset ??= run(db => db.get('state', 'sync')).then((row: SyncRow | undefined) => row?.offset_ms ?? 0)
      return instant(clock() + await offset.catch(() => { offset = null; return 0 }))
    },
    close() {
      feed.close()
      close()
    },
  }
  followReplica(store)
  feed.subscribe(change => { if (change.what === 'exchange') offset = null })
  await run(async () => undefined).catch(failure => { store.close(); throw failure })
  return store
}
