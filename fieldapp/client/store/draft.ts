// What a draft is, on disk and open on a screen.

import type {Commitment, Inspection, Instant, Uuid} from './shapes'

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
  /** Flushes; the same draft opened again continues with the same object. */
  close(): Promise<void>
}
