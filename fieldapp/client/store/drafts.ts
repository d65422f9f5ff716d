// Inspections and commitments that are being filled in. A change is in memory at once and written as soon as the
// previous write is through; two tabs on one draft do not lose each other's taps, because changes are replayed.

import type {Commitment, Inspection, Instant, Sha256, Uuid} from './shapes'
import type {Store} from './store'

/** Where the person was: enough to come back to the same line. Free for the screens to fill. */
export interface Place { screen: string; section: string; item: string; scroll: number }

interface DraftBase<Kind extends string, Body> {
  kind: Kind
  id: Uuid                         // becomes the record's id
  establishment: Uuid
  record: Body                     // complete but for what is still to be filled in
  place: Place
  created_at: Instant
  updated_at: Instant
}

export interface InspectionDraft extends DraftBase<'inspection', Inspection> {
  extra_items: string[]            // extended items that the team switched on
}
export type CommitmentDraft = DraftBase<'commitment', Commitment>
export type Draft = InspectionDraft | CommitmentDraft

export type Saving = {state: 'saved'} | {state: 'saving'} | {state: 'failed'; code: string}

/** A draft that is open on a screen. */
export interface OpenDraft<D extends Draft = Draft> {
  readonly id: Uuid
  /** The draft as it is now. A new object after every change, so `===` tells whether anything changed. */
  readonly value: D
  readonly saving: Saving
  /** Applies a change in memory at once and has it written soon. `recipe` edits the copy it is given; it may be run
   *  again on a newer copy, so it must depend on nothing but its argument and captured constants. */
  change(recipe: (draft: D) => void): void
  /** Resolves when everything is on disk. Raises StoreError, and the changes stay in memory for the next try. */
  flush(): Promise<void>
  /** Calls the listener after every change of `value` or `saving`. Returns the function that ends this. */
  subscribe(listener: () => void): () => void
  close(): Promise<void>
}

export interface DraftSummary {
  id: Uuid; kind: Draft['kind']; establishment: Uuid; updated_at: Instant; draft: Draft
}

export declare function drafts(store: Store): Promise<DraftSummary[]>
/** Resumes this person's draft inspection of the establishment, or starts one with its facts frozen. */
export declare function startInspection(store: Store, establishment: Uuid): Promise<OpenDraft<InspectionDraft>>
/** Resumes or starts a commitment; `inspection` is the draft visit at which it is signed, if any. */
export declare function startCommitment(store: Store, establishment: Uuid, inspection?: Uuid | null): Promise<OpenDraft<CommitmentDraft>>
/** An amendment: a new draft that starts from a signed inspection and names it. */
export declare function amendInspection(store: Store, signed: Uuid): Promise<OpenDraft<InspectionDraft>>
/** Opens a draft by id. Raises StoreError draft_gone. */
export declare function openDraft(store: Store, id: Uuid): Promise<OpenDraft>
/** Takes a draft off every list. It can be brought back until the app starts again later than UNDO_KEEPS_MS. */
export declare function dropDraft(store: Store, id: Uuid): Promise<void>
export declare function restoreDraft(store: Store, id: Uuid): Promise<void>

/** Shrinks a photo (EXIF and position go), keeps it and links it: to the item's answer (or, without an item, a
 *  commitment's scans) and to `record.photos`. Resolves with its sha256 once it was written and read back whole. */
export declare function addPhoto(store: Store, draft: OpenDraft, photo: Blob,
  where: {item?: string; class: 'document' | 'premises'}): Promise<Sha256>
/** Unlinks a photo; relinking it with `change` is the undo, its bytes stay until the draft is gone. */
export declare function removePhoto(draft: OpenDraft, sha256: Sha256): void
/** Keeps a signature's picture (PNG) and links it in place of an earlier one of the same signer. */
export declare function addSignature(store: Store, draft: OpenDraft, picture: Blob,
  signer: {who: 'representative' | 'inspector'; name: string}): Promise<Sha256>
export declare function removeSignature(draft: OpenDraft, who: 'representative' | 'inspector'): void
