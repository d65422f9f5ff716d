// When the browser gives no more room, what a verified backup of the office holds goes before new work is refused.

import type {Connection} from './connection'
import {FRESH, type FileRow, type Schema} from './db'

/** So much goes at once, oldest first: a few photos' worth, so that the next ones fit as well. */
const FREED_BYTES = 8 * 2 ** 20

/** Lets sent photos go that are `safe` and that no draft and no op without a receipt names; their records stay. Whether
 *  there was any. */
export async function makeRoom(store: Connection<Schema>): Promise<boolean> {
  return store.write(['state', 'files', 'blobs', 'drafts', 'outbox'], async tx => {
    const [sync = FRESH, sent, drafts, ops] = await Promise.all([
      tx.objectStore('state').get('sync'), tx.objectStore('files').index('state').getAll('sent'),
      tx.objectStore('drafts').getAll(), tx.objectStore('outbox').getAll()])
    const named = new Set([...drafts, ...ops.filter(op => op.state !== 'acknowledged')].flatMap(row => row.files))
    const safe = sent.filter(file => file.seq !== null && file.seq <= sync.safe && !named.has(file.sha256))
    const going = oldest(safe)
    await Promise.all(going.flatMap(({sha256}) => [tx.objectStore('files').delete(sha256), tx.objectStore('blobs').delete(sha256)]))
    return going.length > 0
  })
}

function oldest(files: FileRow[]): FileRow[] {
  let bytes = 0
  return files.sort((a, b) => a.kept_at < b.kept_at ? -1 : 1).filter(file => (bytes += file.size) - file.size < FREED_BYTES)
}
