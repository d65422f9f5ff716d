// What became of this person's work at the office, for the screens: records that came back, decisions about what could not
// be applied, values that were not kept.

import {everyOne} from './replica'
import {openJson} from './seal'
import type {Uuid} from './shapes'
import type {Store} from './store'
import type {Decision, LostValue, Returned} from './told'

export type {Decision, LostValue, Returned, Told} from './told'

/** This person's records that the office returned and that nobody has amended yet, of all establishments or of one;
 *  the newest decision first. */
export async function returned(store: Store, establishment?: Uuid): Promise<Returned[]> {
  const told = (await everyOne<Returned>(store, 'review')).filter(one => one.review?.state === 'returned'
    && one.review.amended_by === null && (establishment === undefined || one.establishment === establishment))
  if (told.length === 0) return []
  const amending = await amended(store)
  return told.filter(one => !amending.has(one.id)).sort((a, b) => (a.review!.decided_at ?? '') < (b.review!.decided_at ?? '') ? 1 : -1)
}

/** The records for which an amendment is signed here and still on its way. */
async function amended(store: Store): Promise<Set<Uuid>> {
  const bodies = await store.run(async db => {
    const waiting = (await db.getAll('outbox')).filter(op => op.kind === 'inspection' && op.own && op.state !== 'quarantined')
    return Promise.all(waiting.map(op => db.get('bodies', op.sha256)))
  })
  const opened = await Promise.all(bodies.map(row => row ? openJson<{amends?: Uuid | null}>(row.sealed) : null))
  return new Set(opened.flatMap(body => body?.amends ?? []))
}

/** The office's decisions about this person's ops, by op. */
export async function decisions(store: Store): Promise<Map<Uuid, Decision>> {
  return new Map((await everyOne<Decision>(store, 'decision')).map(one => [one.op, one]))
}

/** The values of this person's that do not stand, of all records or of one; the newest first. */
export async function lostValues(store: Store, record?: Uuid): Promise<LostValue[]> {
  const all = await everyOne<LostValue>(store, 'conflict')
  return all.filter(one => record === undefined || one.record === record).sort((a, b) => a.at < b.at ? 1 : -1)
}
