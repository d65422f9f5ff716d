// What this person has signed or edited and the office has not yet put into a backup. Nothing leaves the outbox but by
// a receipt that a verified backup covers.

import type {OpState} from './db'
import type {Establishment, Instant, Sha256, Uuid} from './shapes'
import type {OpenDraft} from './drafts'
import type {Store} from './store'

export const MAX_BODY_BYTES = 2 ** 20

export interface Finalised { id: Uuid; kind: 'inspection' | 'commitment'; sha256: Sha256; op: Uuid }

/** Signs: the drafts become records with exact bytes and their ops, and are gone as drafts, in one strict transaction.
 *  An inspection and the commitment signed at it go together. Resolves when the disk has it; raises StoreError
 *  (storage_full, body_too_large, draft_gone …), and then the drafts are as they were. */
export declare function finalise(store: Store, drafts: OpenDraft[]): Promise<Finalised[]>
/** The digest that an inspection draft would have if it were signed now; for the provisional check code. */
export declare function previewDigest(store: Store, draft: OpenDraft): Promise<Sha256>

export const PHONE_FIELDS = [
  'representative', 'representative_role', 'phone', 'rooms', 'employees', 'employees_with_contract',
  'latitude', 'longitude', 'note',
] as const satisfies readonly (keyof Establishment)[]
export type PhoneFields = Pick<Establishment, (typeof PHONE_FIELDS)[number]>

/** Queues a patch of the fields that differ from what is shown, and shows it at once. Open drafts of the establishment
 *  take the new facts. Resolves with the op, or null when nothing differs. Raises StoreError. */
export declare function editEstablishment(store: Store, id: Uuid, fields: Partial<PhoneFields>): Promise<Uuid | null>
/** In place of a quarantined patch, queues the same without the fields that the office refused. Resolves with the new
 *  op, or null when nothing is left to send. */
export declare function resendWithout(store: Store, op: Uuid, fields: string[]): Promise<Uuid | null>

export interface OutboxEntry {
  op: Uuid
  kind: 'inspection' | 'commitment' | 'establishment' | (string & {})
  record: Uuid
  establishment: Uuid
  establishment_name: string       // "" when the establishment is not on this phone
  edited: string[]                 // the fields of an establishment patch
  created_at: Instant
  size: number                     // bytes, files included
  files: {sent: number; total: number; refused: number}
  state: OpState | 'sending'
  own: boolean                     // false: another's record, checked again with the office after a restore
  why: string | null               // quarantined: the reason's code
  fields: string[]                 // quarantined: the fields at fault
  conflicts: string[]              // acknowledged: fields where another value stands; the office chooses
  attempted_at: Instant | null
  error: string | null             // code of the last attempt's failure
  acknowledged_at: Instant | null
  settled: boolean                 // quarantined, and a corrected one was sent in its place
}

/** Everything in the outbox, newest first. */
export declare function outbox(store: Store): Promise<OutboxEntry[]>

export interface OutboxCounts {
  waiting: number                  // own ops without a receipt
  quarantined: number              // not settled
  files_waiting: number
  rechecking: number               // others' records offered again after a restore
}
export declare function outboxCounts(store: Store): Promise<OutboxCounts>

export interface Room { used: number; quota: number; photos_left: number; persisted: boolean | null }
/** How much of the storage is used; null where the browser does not say. */
export declare function room(): Promise<Room | null>
/** Asks the browser to keep the data when the phone runs short. */
export declare function askToPersist(): Promise<boolean>
