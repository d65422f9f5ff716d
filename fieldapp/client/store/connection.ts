// A connection to an IndexedDB database that opens again when the browser has closed it, and transactions that are
// whole or nothing.

import {unwrap, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames} from 'idb'
import {absences, giveUpWhenAside, present} from './aside'
import {storageFailure} from './errors'

export interface Connection<S extends DBSchema> {
  /** Runs `work`; when the connection turns out to be closed, or the page was put aside meanwhile, tries once more, so
   *  `work` must be safe to repeat. Raises StoreError. */
  run<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T>
  /** Runs `work` in one write transaction over these stores and resolves once it is committed; nothing of it stays when
   *  anything fails. `work` may wait for the transaction's own requests only. durability: `strict` also waits for the
   *  disk. Raises StoreError, storage_full told apart. */
  write<Names extends StoreNames<S>, T>(stores: Names[], work: (tx: WriteOf<S, Names>) => Promise<T>,
    durability?: 'strict' | 'relaxed'): Promise<T>
  close(): void
}

type WriteOf<S extends DBSchema, Names extends StoreNames<S>> = IDBPTransaction<S, Names[], 'readwrite'>

let lost = () => {}

/** iOS may end the process that holds the databases of an app in the background. Then no database opens in this page any
 *  more ("Connection to Indexed Database server lost"), and only a new page helps: `work` is to load it. */
export function whenLost(work: () => void): void { lost = work }

/** open: opens the database; it is handed what to call when the browser or another tab closes it. */
export function connection<S extends DBSchema>(open: (onClosed: () => void) => Promise<IDBPDatabase<S>>): Connection<S> {
  let opened: Promise<IDBPDatabase<S>> | null = null
  const forget = () => { opened = null }
  const connect = () => opened ??= begin().catch(failure => { forget(); throw failure })
  let worked = false                       // a database that never opened does not open in a new page either
  const begin = async () => {
    const db = await open(forget)
    giveUpWhenAside(unwrap(db))
    worked = true
    return db
  }

  async function run<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    await present()
    const before = absences()
    try {
      return await work(await connect())
    } catch (failure) {
      if (isClosed(failure)) forget()
      else if (absences() === before) throw storageFailure(failure)
    }
    await present()
    return connect().then(work).catch(failure => {
      if (worked && isNamed(failure, 'UnknownError')) lost()
      throw storageFailure(failure)
    })
  }

  return {
    run,
    write: (stores, work, durability = 'relaxed') => run(db => whole(db.transaction(stores, 'readwrite', {durability}), work)),
    close() {
      void opened?.then(db => db.close(), () => undefined)
      forget()
    },
  }
}

async function whole<S extends DBSchema, Names extends StoreNames<S>, T>(
  tx: WriteOf<S, Names>, work: (tx: WriteOf<S, Names>) => Promise<T>): Promise<T> {
  const ended: Promise<unknown> = tx.done.then(() => null, failure => failure ?? new DOMException('', 'AbortError'))
  try {
    const result = await work(tx)
    const failure = await ended
    if (failure) throw failure
    return result
  } catch (failure) {
    try {
      tx.abort()
    } catch { /* it has ended already */ }
    const why = await ended                  // a full disk is told here; the requests only say that they were aborted
    throw isNamed(why, 'QuotaExceededError') ? why : failure
  }
}

// iOS closes databases of apps in the background: the next request fails with one of these.
function isClosed(failure: unknown): boolean {
  return isNamed(failure, 'InvalidStateError') || isNamed(failure, 'UnknownError')
}

function isNamed(failure: unknown, name: string): boolean {
  return failure instanceof DOMException && failure.name === name
}
