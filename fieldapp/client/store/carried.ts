// What was typed and is not on the disk yet when a page goes: kept for the next page of this tab, which writes it before
// anything else. In plain, because a page that goes waits for nothing, and only until then.

import type {DraftRow} from './db'
import type {Draft} from './draft'
import {draftRow, type Editing} from './editing'
import {storageFailure} from './errors'
import type {Uuid} from './shapes'
import type {Store} from './store'

const KEY = 'fieldapp.unwritten'

interface Unwritten { person: Uuid; rev: number; draft: Draft }

/** Keeps what these drafts have not written. */
export function carry(store: Store, drafts: Iterable<Editing>): void {
  const unwritten = [...drafts].filter(({saving}) => saving.state !== 'saved')
    .map(({rev, value}): Unwritten => ({person: store.person.id, rev, draft: value}))
  try {
    if (unwritten.length) sessionStorage.setItem(KEY, JSON.stringify(unwritten))
    else sessionStorage.removeItem(KEY)
  } catch { /* a browser without storage keeps what is on the disk */ }
}

/** Writes what the page before could not. A draft that has gone on without it is left as it is. Resolves with those
 *  that cannot be written now either, as on a full phone: they stay carried until somebody has written them. */
export async function takeCarried(store: Store): Promise<Draft[]> {
  const carried = recall().filter(({person}) => person === store.person.id)
  const rows = await Promise.all(carried.map(({draft, rev}) => draftRow(draft, rev + 1)))
  if (rows.length === 0) return []
  const going: Uuid[] = []
  try {
    await store.write(['drafts'], async tx => {
      for (const row of rows) {
        const there = await tx.objectStore('drafts').get(row.id)
        if (!there || !goesOn(there, row.rev)) continue
        going.push(row.id)
        await tx.objectStore('drafts').put({...there, ...row, rev: there.rev + 1})
      }
    })
  } catch (failure) {
    if (storageFailure(failure).code !== 'storage_full') throw failure
    return carried.flatMap(({draft}) => going.includes(draft.id) ? draft : [])
  }
  sessionStorage.removeItem(KEY)
  return []
}

/** The last write may have come through unheard. */
function goesOn({dropped_at, ended, rev}: DraftRow, next: number): boolean {
  return dropped_at === null && ended === null && rev <= next
}

function recall(): Unwritten[] {
  try { return JSON.parse(globalThis.sessionStorage?.getItem(KEY) ?? '[]') as Unwritten[] } catch { return [] }
}
