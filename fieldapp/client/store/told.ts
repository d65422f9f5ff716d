// The shapes of what the office says of what this person handed in: its review of a record and what it mended there, its
// decision about an op that could not be applied, and a value of theirs that was not kept.

import {openJson} from './seal'
import type {Sealed} from './seal'
import type {Day, Instant, Sha256, Uuid} from './shapes'

/** What the office says of an inspection. */
export interface Review {
  number: string
  state: 'received' | 'accepted' | 'returned' | 'voided'
  remark: string                   // what is missing, or why it was voided
  decided_at: Instant | null
  amended_by: Uuid | null
  day: Day | null                  // the day on which the office holds that it took place, where the phone's clock was wrong
}

/** What the office mended of a signed record; the signed bytes stay as they are. */
export interface Repair { fields: Record<string, unknown>; dropped: string[]; reason: string; at: Instant }

/** Beside a signed record. */
export interface Told { review: Review | null; repair: Repair | null }

/** About an op that could not be applied. */
export interface Decision {
  id: string
  op: Uuid
  sha256: Sha256
  kind: string
  decision: 'applied' | 'dismissed'
  mended: boolean                  // let in, but not as it came
  why: string
  reason: string
  decided_at: Instant
  by: string                       // "" = what it waited for has arrived
}

/** A value that this person wrote and that does not stand. */
export interface LostValue {
  id: string
  op: Uuid
  kind: string
  record: Uuid
  field: string
  value: unknown
  at: Instant
  by: string                       // whose value stands
  decision: 'taken' | 'left' | 'typed' | null    // null: the office has not chosen yet
  decided_at: Instant | null
}

/** One of this person's records that the office did not simply take: returned, voided, or mended. */
export interface Returned extends Told { id: Uuid; kind: string; establishment: Uuid; review: Review | null }

/** A body as it counts: as it was signed, but for what the office mended. */
export function mended<T extends object>(body: T, repair: Repair | null | undefined): T {
  if (!repair) return body
  const kept = Object.entries(body).filter(([name]) => !repair.dropped.includes(name))
  return {...Object.fromEntries(kept), ...repair.fields} as T
}

/** What is worth telling the author of a record; null where the office took it as it is, or has not looked yet. */
export function worthTelling({review, repair}: Told): boolean {
  return repair !== null || review?.state === 'returned' || review?.state === 'voided'
}

export async function openTold(sealed: Sealed<string> | undefined): Promise<Told> {
  return sealed ? openJson<Told>(sealed) : {review: null, repair: null}
}
