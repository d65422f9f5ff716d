// What is typed into a form and not saved yet: kept under the form's name, so that an app that dies loses nothing of it,
// and gone with the transaction that saves it.

import type {Write} from './db'
import {openJson, sealJson} from './seal'
import type {Store} from './store'

/** What this person had typed into a form before the app closed, or null. */
export async function jotted<T>(store: Store, form: string): Promise<T | null> {
  const row = await store.run(db => db.get('jottings', form))
  return row ? openJson<T>(row.sealed) : null
}

const writing = new WeakMap<Store, Promise<void>>()

/** Keeps what is typed by now; null: it is thrown away. Never raises: on a full phone it stays on the screen. */
export function jot(store: Store, form: string, typed: object | null): Promise<void> {
  const sealed = typed && sealJson(typed)               // as it is now; the screen goes on changing it
  const before = writing.get(store) ?? Promise.resolve()
  const done = before.then(() => write(store, form, sealed)).catch(() => undefined)
  writing.set(store, done)
  return done
}

/** Waits until everything typed so far is on the disk: nothing of it may come behind the form's being saved. */
export async function written(store: Store): Promise<void> { await writing.get(store) }

/** Forgets a form in the transaction that saves it: an app that dies has it saved, or as it was typed. */
export async function forget(tx: Write<'jottings'>, form: string | undefined): Promise<void> {
  if (form !== undefined) await tx.objectStore('jottings').delete(form)
}

async function write(store: Store, form: string, sealing: ReturnType<typeof sealJson> | null): Promise<void> {
  const sealed = await sealing
  await store.write(['jottings'], async tx => {
    if (sealed) await tx.objectStore('jottings').put({form, sealed})
    else await tx.objectStore('jottings').delete(form)
  })
}
