// The whole list in one row, because reading five thousand rows takes a phone half a second; and beside it the ids of
// what has changed since, noted in the transactions that change it, so that the two together are never old.

import type {Write} from './db'
import {open, seal, type Sealed} from './seal'
import type {Uuid} from './shapes'
import type {Store} from './store'

/** list: the JSON of an array of the records of all establishments. changed: of those that have changed since it was
 *  made; version: how often that has happened. */
export type SnapshotRow =
  | {name: 'list'; sealed: Sealed<string>}
  | {name: 'changed'; ids: Uuid[]; version: number}

/** So many are read one by one; with more the list is made anew, when nobody is waiting. */
export const FEW = 100
const SLICE = 400
const PAUSE_MS = 30

/** To be called within the transaction that changes or removes establishments. */
export async function noteChanged(tx: Write<'snapshots'>, ids: readonly Uuid[]): Promise<void> {
  const changed = ids.length > 0 ? await readChanged(tx) : null
  if (changed) {
    await tx.objectStore('snapshots').put({name: 'changed', ids: [...new Set([...changed.ids, ...ids])], version: changed.version + 1})
  }
}

interface Reading { objectStore(name: 'snapshots'): {get(name: 'list' | 'changed'): Promise<SnapshotRow | undefined>} }

async function readChanged(tx: Reading): Promise<Extract<SnapshotRow, {name: 'changed'}> | null> {
  const row = await tx.objectStore('snapshots').get('changed')
  return row?.name === 'changed' ? row : null
}

/** The list and the ids to read anew, or null while there is none. */
export async function readSnapshot(tx: Reading): Promise<{sealed: Sealed<string>; ids: Uuid[]} | null> {
  const [list, changed] = await Promise.all([tx.objectStore('snapshots').get('list'), readChanged(tx)])
  return list?.name === 'list' && changed ? {sealed: list.sealed, ids: changed.ids} : null
}

const making = new WeakSet<Store>()

/** Makes the list anew if there is none, or much has changed: in slices that nobody feels, for when the phone is at rest.
 *  What changes meanwhile ends it; the next rest is soon. */
export async function keepSnapshot(store: Store): Promise<void> {
  if (making.has(store)) return
  making.add(store)
  try {
    const version = await begin(store)
    if (version !== null) await keep(store, await texts(store), version)
  } finally {
    making.delete(store)
  }
}

/** The version to build on; null when the list is good enough. */
async function begin(store: Store): Promise<number | null> {
  return store.write(['snapshots'], async tx => {
    const [list, changed] = await Promise.all([tx.objectStore('snapshots').get('list'), readChanged(tx)])
    if (list && changed && changed.ids.length <= FEW) return null
    if (!changed) await tx.objectStore('snapshots').put({name: 'changed', ids: [], version: 0})
    return changed?.version ?? 0
  })
}

async function texts(store: Store): Promise<string[]> {
  const found: string[] = []
  let after: Uuid | [] = ''
  for (;;) {
    const range = IDBKeyRange.bound(['establishment', after], ['establishment', []], true)
    const rows = await store.run(db => db.getAll('records', range, SLICE))
    found.push(...await Promise.all(rows.map(row => open(row.sealed))))
    if (rows.length < SLICE) return found
    after = rows.at(-1)!.id
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

async function keep(store: Store, rows: string[], version: number): Promise<void> {
  const sealed = await seal(`[${rows.join(',')}]`)
  await store.write(['snapshots'], async tx => {
    if ((await readChanged(tx))?.version !== version) return
    await Promise.all([
      tx.objectStore('snapshots').put({name: 'list', sealed}), tx.objectStore('snapshots').put({name: 'changed', ids: [], version})])
  })
}
