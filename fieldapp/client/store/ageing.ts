// What time alone takes from the phone: the copies of old records. Never anything that the office has not got.

import {instant} from './clock'
import type {Store} from './store'

/** The office sends the signed records of two years; what grows older on the phone goes. Source: the retention rules. */
export const HISTORY_KEEPS_MS = 2 * 366 * 86_400_000

/** How long a record shows its photos as small as a stamp. Source: photos are kept for twelve months. */
export const THUMBS_KEEP_MS = 365 * 86_400_000

/** Removes signed records older than HISTORY_KEEPS_MS that have nothing in the outbox, and the small photos that no younger
 *  record and no draft names. Called at the start. */
export async function sweepAged(store: Store): Promise<void> {
  const now = Date.parse(await store.now())          // a phone whose own clock is years ahead forgets nothing
  const [before, shown] = [instant(now - HISTORY_KEEPS_MS), instant(now - THUMBS_KEEP_MS)]
  await store.write(['signed', 'bodies', 'outbox', 'drafts', 'thumbs'], async tx => {
    const [signed, drafts, thumbs] = [tx.objectStore('signed'), tx.objectStore('drafts'), tx.objectStore('thumbs')]
    const rows = await signed.getAll()
    for (const row of rows) {
      if (row.signed_at >= before || await tx.objectStore('outbox').index('sha256').count(row.sha256) > 0) continue
      await signed.delete(row.id)
      await tx.objectStore('bodies').delete(row.sha256)
    }
    const small = await thumbs.getAllKeys()
    if (small.length === 0) return
    const named = new Set([...rows.filter(row => row.signed_at >= shown), ...await drafts.getAll()].flatMap(row => row.files))
    for (const digest of small) if (!named.has(digest)) await thumbs.delete(digest)
  })
}
