// Photos as small as a stamp, kept beside the whole ones: when those have gone because a backup of the office holds them,
// a record still shows what was photographed. They go with the record, and after a year at the latest.

import {open, seal} from './seal'
import type {Sha256} from './shapes'
import {miniature} from './shrink'
import type {Store} from './store'

/** Keeps a photo's small form. photo: as it is kept, with what was covered gone from it. A browser that cannot make one,
 *  or has no room for it, goes without. */
export async function keepThumb(store: Store, digest: Sha256, photo: Blob): Promise<void> {
  const small = await miniature(photo)
  if (!small) return
  const sealed = await seal(await small.arrayBuffer())
  await store.write(['thumbs'], tx => tx.objectStore('thumbs').put({sha256: digest, sealed})).catch(() => undefined)
}

/** The small form of a photo, or null where there is none. */
export async function readThumb(store: Store, digest: Sha256): Promise<Blob | null> {
  const row = await store.run(db => db.get('thumbs', digest))
  return row ? new Blob([await open(row.sealed)], {type: 'image/jpeg'}) : null
}
