// The whole list in one row, because reading five thousand rows takes a phone half a second; and beside it the ids of
// what has changed since, noted in the transactions that change it, so that the two together are never old.

import type {SnapshotRow, Write} from './db'
import {newId} from './digest'
import {byCode, listed, packing, searchText} from './listed'
import {open, openJson, seal, sealJson, type Sealed} from './seal'
import type {Establishment, Listed, Uuid} from './shapes'
import type {Store} from './store'

/** Raised when what is packed gets another shape: a list of an earlier app is not read, and made anew. */
const FORMAT = 2

type Changed = Extract<SnapshotRow, {name: 'changed'}>

export interface Snapshot { made: Uuid; sealed: Sealed<string>; changed: Uuid[] }

/** So many are read one by one; with more the list is made anew, when nobody is waiting. */
export const FEW = 100
/** With so many, reading every row is no slower. */
export const MANY = 1000
const SLICE = 200
const PAUSE_MS = 30

interface Reading {
  objectStore(name: 'snapshots'): {get(name: SnapshotRow['name']): Promise<SnapshotRow | undefined>}
}

/** To be called within the transaction that changes or removes establishments. */
export async function noteChanged(tx: Write<'snapshots'>, ids: readonly Uuid[]): Promise<void> {
  const changed = ids.length > 0 ? await readChanged(tx) : null
  if (!changed) return
  const all = changed.made === null ? [] : [...new Set([...changed.ids, ...ids])]
  const given_up = all.length > MANY
  await tx.objectStore('snapshots').put({
    ...changed, made: given_up ? null : changed.made, ids: given_up ? [] : all, version: changed.version + 1})
}

async function readChanged(tx: Reading): Promise<Changed | null> {
  const row = await tx.objectStore('snapshots').get('changed')
  return row?.name === 'changed' && row.format === FORMAT ? row : null
}

/** The list and the ids to read anew, or null while there is none. */
export async function readSnapshot(tx: Reading): Promise<Snapshot | null> {
  const [list, changed] = await Promise.all([tx.objectStore('snapshots').get('list'), readChanged(tx)])
  return list?.name === 'list' && changed && changed.made === list.made
    ? {made: list.made, sealed: list.sealed, changed: changed.ids} : null
}

/** The texts that belong to the list that was made as this; null when they are gone with it. */
export async function readTexts(store: Store, made: Uuid): Promise<string[] | null> {
  const row = await store.run(db => db.get('snapshots', 'texts'))
  return row?.name === 'texts' && row.made === made ? (await open(row.sealed)).split('\n') : null
}

const making = new WeakSet<Store>()

/** Makes the list anew if there is none, or much has changed: in slices that nobody feels, for when the phone is at rest.
 *  What changes meanwhile ends it; the next rest is soon. */
export async function keepSnapshot(store: Store): Promise<void> {
  if (making.has(store)) return
  making.add(store)
  try {
    const version = await begin(store)
    if (version !== null) await keep(store, await everyOne(store), version)
  } finally {
    making.delete(store)
  }
}

/** The version to build on; null when the list is good enough. */
async function begin(store: Store): Promise<number | null> {
  const there = await store.run(db => readChanged(db.transaction('snapshots')))
  if (there) return there.made !== null && there.ids.length <= FEW ? null : there.version
  return store.write(['snapshots'], async tx => {
    const changed = await readChanged(tx)            // another tab may have been faster
    if (!changed) await tx.objectStore('snapshots').put({name: 'changed', made: null, format: FORMAT, ids: [], version: 0})
    return changed?.version ?? 0
  })
}

async function everyOne(store: Store): Promise<Listed[]> {
  const found: Listed[] = []
  let after: Uuid | [] = ''
  for (;;) {
    const range = IDBKeyRange.bound(['establishment', after], ['establishment', []], true)
    const rows = await store.run(db => db.getAll('records', range, SLICE))
    for (const row of rows) found.push(listed((await openJson<{body: Establishment}>(row.sealed)).body))
    if (rows.length < SLICE) return found.sort(byCode)
    after = rows.at(-1)!.id
    await rest()
  }
}

async function keep(store: Store, list: Listed[], version: number): Promise<void> {
  const {packed, add} = packing()
  const texts: string[] = []
  for (const [n, one] of list.entries()) {
    if (n % SLICE === SLICE - 1) await rest()
    add(one)
    texts.push(searchText(one))
  }
  const [sealed, sealedTexts, made] = [await sealJson(packed), await seal(texts.join('\n')), newId()]
  await store.write(['snapshots'], async tx => {
    const changed = await readChanged(tx)
    if (changed?.version !== version) return
    const rows = tx.objectStore('snapshots')
    await Promise.all([
      rows.put({name: 'list', made, sealed}), rows.put({name: 'texts', made, sealed: sealedTexts}),
      rows.put({...changed, made, ids: []})])
  })
}

function rest(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, PAUSE_MS))
}
