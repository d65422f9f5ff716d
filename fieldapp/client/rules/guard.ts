// A warning, never a block, when free text looks like data about a person: identity numbers, phone numbers, dates of
// birth, words that name workers, guests or health results. Nothing of the rejected text is kept anywhere.

export type Seen = 'identity_number' | 'phone_number' | 'birth_date' | 'word'

export interface Remark { seen: Seen; text: string }   // `text`: the words as typed, to show where

/** What a text should be read again for. Dates of documents and deadlines are not remarked. */
export declare function guard(text: string): Remark[]
