// Opens a person's database, and keeps its view of the replica up to date from then on.

import {deviceClock, instant, type Clock} from './clock'
import {connection} from './connection'
import {openDatabase, type Schema, type SyncRow, type Upgrade} from './db'
import {StoreError} from './errors'
import {followEstablishments} from './establishments'
import {openFeed} from './feed'
import {makeRoom} from './making_room'
import {beginMemory} from './memory'
import {databaseName, type Person, type Store} from './store'

export interface StoreOptions { clock?: Clock; upgrades?: readonly Upgrade[] }

/** Opens a person's database. Raises StoreError newer_version when another tab already runs a newer app. */
export async function openStore(person: Person, {clock = deviceClock, upgrades}: StoreOptions = {}): Promise<Store> {
  const name = databaseName(person)
  const feed = openFeed(name)
  const open = connection<Schema>(onClosed => openDatabase(name, upgrades ? {upgrades, onClosed} : {onClosed}))
  const {run, close} = open
  let offset: Promise<number> | null = null      // read again after every word from the server
  const store: Store = {
    person, feed, clock, run,
    async write(stores, work, durability) {
      try {
        return await open.write(stores, work, durability)
      } catch (failure) {
        const full = failure instanceof StoreError && failure.code === 'storage_full'
        if (!full || !await makeRoom(open).catch(() => false)) throw failure
        return open.write(stores, work, durability)
      }
    },
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
  beginMemory(store)
  followEstablishments(store)
  feed.subscribe(change => { if (change.what === 'exchange') offset = null })
  await run(async () => undefined).catch(failure => { store.close(); throw failure })
  return store
}
