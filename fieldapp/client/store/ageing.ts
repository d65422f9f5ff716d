// What time alone takes from the phone: the copies of old records. Never anything that the office has not got.

import {instant} from './clock'
import type {Store} from './store'

/** The office sends the signed records of two years; what grows older on the phone goes. Source: the retention rules. */
export const HISTORY_KEEPS_MS = 2 * 366 * 86_400_000

/** Removes signed records older than HISTORY_KEEPS_MS that have nothing in the outbox. Called at the start. */
export async function sweepAged(store: Store): Promise<void> {
  const before = instant(store.clock() - HISTORY_KEEPS_MS)
  await store.write(['signed', 'bodies', 'outbox'], async tx => {
    for (const row of await tx.objectStore('signed').getAll()) {
      if (row.signed_at >= before || await tx.objectStore('outbox').index('sha256').count(row.sha256) > 0) continue
      await tx.objectStore('signed').delete(row.id)
      await tx.objectStore('bodies').delete(row.sha256)
    }
  })
}
