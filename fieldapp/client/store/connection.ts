// A connection to an IndexedDB database that opens again when the browser has closed it.

import type {DBSchema, IDBPDatabase} from 'idb'
import {storageFailure} from './errors'

export interface Connection<S extends DBSchema> {
  /** Runs `work`; when the connection turns out to be closed, opens it again and tries once more, so `work` must be
   *  safe to repeat. Raises StoreError. */
  run<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T>
  close(): void
}

/** open: opens the database; it is handed what to call when the browser or another tab closes it. */
export function connection<S extends DBSchema>(open: (onClosed: () => void) => Promise<IDBPDatabase<S>>): Connection<S> {
  let opened: Promise<IDBPDatabase<S>> | null = null
  const forget = () => { opened = null }
  const connect = () => opened ??= open(forget).catch(failure => { forget(); throw failure })

  return {
    async run(work) {
      try {
        return await work(await connect())
      } catch (failure) {
        if (!isClosed(failure)) throw storageFailure(failure)
        forget()
      }
      return connect().then(work).catch(failure => { throw storageFailure(failure) })
    },
    close() {
      void opened?.then(db => db.close(), () => undefined)
      forget()
    },
  }
}

// iOS closes databases of apps in the background: the next request fails with one of these.
function isClosed(failure: unknown): boolean {
  return failure instanceof DOMException && (failure.name === 'InvalidStateError' || failure.name === 'UnknownError')
}
