// What a draft is, on disk and open on a screen.

import type {Commitment, Inspection, Instant, Uuid} from './shapes'

/** Where the person was: enough to come back to the same line. Free for the screens to fill. */
export interface Place {
  screen: string                   // the one last looked at
  section: string
  item: string                     // the one last answered
  untouched?: true                 // nothing was said in it yet: it was opened to be looked at
  begun?: boolean                  // the visit itself, not only the page before it
  spots?: Record<string, Spot>     // by screen
  seek?: string                    // the id of an element to go to and mark, once
  unfolded?: string[]              // items whose optional note is open
  field?: string                   // the id of the field that was being typed in when the phone died
}

/** A line of a page: how far below the head an element stood. Holds where the layout has changed. */
export interface Spot { at: string; offset: number }

/** Drawn strokes, so that a signature cut off in the middle goes on where it was. width: of the canvas, CSS pixels. */
export interface Ink { width: number; strokes: unknown[]; whole: boolean }   // whole: the picture kept shows them all

interface DraftBase<Kind extends string, Body> {
  kind: Kind
  id: Uuid                         // becomes the record's id
  establishment: Uuid
  record: Body                     // complete but for what is still to be filled in
  place: Place
  ink?: Partial<Record<'representative' | 'inspector', Ink>>
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
  /** Calls the listener after every change of `value`, and when writing it fails or works again. Returns the function that
   *  ends this. */
  subscribe(listener: () => void): () => void
  /** Flushes; the same draft opened again continues with the same object. */
  close(): Promise<void>
}
