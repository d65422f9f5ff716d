// Opens a person's database, and keeps its view of the replica up to date from then on.

import {deviceClock, instant, type Clock} from './clock'
import {connection} from './connection'
import {openDatabase, type Schema, type SyncRow, type Upgrade} from './db'
import {openFeed} from './feed'
import {followReplica} from './replica'
import {databaseName, type Person, type Store} from './store'

export interface StoreOptions { clock?: Clock; upgrades?: readonly Upgrade[] }

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
