// Photos and signatures on the phone, under the sha256 of their bytes. A file is a draft's until it is signed, then
// pending until the office has it, and goes once a verified backup holds it.

import {instant} from './clock'
import {sha256} from './digest'
import {StoreError} from './errors'
import {open, seal} from './seal'
import type {Sha256} from './shapes'
import type {Store} from './store'

export const MAX_FILE_BYTES = 4 * 2 ** 20

/** A picture that nothing names goes after this long at the earliest: time enough to undo, too short to fill the phone. */
export const ORPHAN_KEEPS_MS = 24 * 3_600_000

/** Keeps a file, reads it back and compares. Resolves with its sha256; raises StoreError. */
export async function keepFile(store: Store, file: Blob): Promise<Sha256> {
  if (file.size > MAX_FILE_BYTES) throw new StoreError('file_too_large')
  const bytes = await file.arrayBuffer()
  const digest = await sha256(bytes)
  const sealed = await seal(bytes)
  await store.write(['files', 'blobs'], async tx => {
    const known = await tx.objectStore('files').get(digest)
    await tx.objectStore('files').put({
      ...known ?? {sha256: digest, type: file.type, size: bytes.byteLength, state: 'draft', seq: null, error: null},
      kept_at: instant(store.clock()),
    })
    await tx.objectStore('blobs').put({sha256: digest, sealed})
  }, 'strict')
  const kept = await readBytes(store, digest)
  if (kept === null || await sha256(kept) !== digest) throw new StoreError('file_unreadable')
  return digest
}

/** A file's bytes, or null when it is not (or no longer) on this phone. */
export async function readBytes(store: Store, digest: Sha256): Promise<ArrayBuffer | null> {
  const row = await store.run(db => db.get('blobs', digest))
  return row ? open(row.sealed) : null
}

/** A file for showing, or null when it is not (or no longer) on this phone. */
export async function readFile(store: Store, digest: Sha256): Promise<Blob | null> {
  const row = await store.run(db => db.get('files', digest))
  const bytes = row && await readBytes(store, digest)
  return row && bytes ? new Blob([bytes], {type: row.type}) : null
}

/** Removes pictures that were taken out of their drafts, or whose drafts are gone. Called at the start. */
export async function sweepOrphans(store: Store): Promise<void> {
  const before = instant(store.clock() - ORPHAN_KEEPS_MS)
  await store.write(['files', 'blobs', 'drafts'], async tx => {
    const named = new Set((await tx.objectStore('drafts').getAll()).flatMap(draft => draft.files))
    for (const file of await tx.objectStore('files').index('state').getAll('draft')) {
      if (named.has(file.sha256) || file.kept_at > before) continue
      await tx.objectStore('files').delete(file.sha256)
      await tx.objectStore('blobs').delete(file.sha256)
    }
  })
}
