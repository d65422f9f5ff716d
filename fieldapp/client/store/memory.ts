// What the screens ask for at every turn: read once, and kept in memory until a change, of this tab or another, concerns it.

import {absences} from './aside'
import type {Change} from './feed'
import type {Store} from './store'

interface Kept { value: Promise<unknown>; concerns: (change: Change) => boolean; absences: number }

/** More than this, and what nobody has asked for longest is forgotten. */
const MOST = 60

const memories = new WeakMap<Store, Map<string, Kept>>()

/** Begins to remember. Called once, before anybody else subscribes, so that nobody who is told of a change finds what was. */
export function beginMemory(store: Store): void {
  const memory = new Map<string, Kept>()
  memories.set(store, memory)
  store.feed.subscribe(change => {
    for (const [name, {concerns}] of memory) if (concerns(change)) memory.delete(name)
  })
}

/** What `read` resolves with, the same for everybody who asks under this name: read, do not write. It is read again after a
 *  change that concerns it, after a failure, and when the page was put aside, which hears of no changes meanwhile. */
export function remembered<T>(store: Store, name: string, concerns: (change: Change) => boolean, read: () => Promise<T>): Promise<T> {
  const memory = memories.get(store)!
  const there = memory.get(name)
  const kept = there && there.absences === absences() ? there : {value: read(), concerns, absences: absences()}
  memory.delete(name)
  memory.set(name, kept)
  if (memory.size > MOST) memory.delete(memory.keys().next().value!)
  if (kept !== there) kept.value.catch(() => { if (memory.get(name) === kept) memory.delete(name) })
  return kept.value as Promise<T>
}
