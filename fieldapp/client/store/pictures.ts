// Photos and signatures in a draft: kept as files, linked from the record.

import {localDay} from '../rules/days'
import type {CommitmentDraft, Draft, Ink, OpenDraft} from './draft'
import {keepFile} from './files'
import {timeZone, unit} from './replica'
import type {Stroke} from './redraw'
import type {Answer, Inspection, Sha256, Uuid} from './shapes'
import {shrink} from './shrink'
import type {Store} from './store'
import {keepThumb} from './thumbs'

/** item, finding: the answer or the remedy it proves; neither: the visit as a whole. covered: what a finger has drawn over. */
export interface PhotoPlace { item?: string; finding?: Uuid; class: 'document' | 'premises'; covered?: readonly Stroke[] }
interface Signer { who: 'representative' | 'inspector'; name: string }

/** Shrinks a photo (EXIF, position and what was covered go), keeps it and links it: to the item's answer and `record.photos`, or to a
 *  commitment's scans. Resolves with its sha256 once it was written and read back whole. Raises StoreError. */
export async function addPhoto(store: Store, draft: OpenDraft, photo: Blob, where: PhotoPlace): Promise<Sha256> {
  const kept = await shrink(photo, where.covered)
  const digest = await keepFile(store, kept)
  const taken_at = await store.now()
  draft.change(({record}) => {
    if (!('answers' in record)) record.scans = [...new Set([...record.scans, digest])]
    else {
      record.photos[digest] = {class: where.class, taken_at}
      const answer = where.finding !== undefined ? record.remedies?.[where.finding]
        : where.item === undefined ? undefined : record.answers[where.item]
      if (answer) answer.files = [...new Set([...answer.files, digest])]
    }
  })
  await draft.flush()
  void keepThumb(store, digest, kept)            // nobody waits for it
  return digest
}

/** Keeps the strokes of a signature as they are drawn. null: wiped away. */
export function keepInk(draft: OpenDraft, who: Signer['who'], ink: Ink | null): void {
  draft.change((changing: Draft) => {
    changing.ink ??= {}
    if (ink) changing.ink[who] = ink
    else delete changing.ink[who]
  })
}

/** Unlinks a photo. Linking it again with `change` is the undo: its bytes stay for ORPHAN_KEEPS_MS. */
export function removePhoto(draft: OpenDraft, digest: Sha256): void {
  draft.change(({record}) => {
    if (!('answers' in record)) record.scans = record.scans.filter(scan => scan !== digest)
    else {
      delete record.photos[digest]
      for (const answer of proven(record)) answer.files = answer.files.filter(file => file !== digest)
    }
  })
}

/** Everything in a record that a photo may prove. */
export function proven(record: Inspection): Pick<Answer, 'files'>[] {
  return [...Object.values(record.answers), ...Object.values(record.remedies ?? {})]
}

/** Keeps a signature's picture (PNG) and links it in place of an earlier one of the same signer. */
export async function addSignature(store: Store, draft: OpenDraft, picture: Blob, {who, name}: Signer): Promise<Sha256> {
  const file = await keepFile(store, picture)
  const dates = await signingDates(store)
  draft.change(changing => {
    if (changing.kind === 'commitment') Object.assign(changing.record, dates, {signature: file, refusal: null})
    else {
      const others = changing.record.signatures.filter(signature => signature.who !== who)
      changing.record.signatures = [...others, {who, name, file}]
      if (who === 'representative') changing.record.refusal = null
    }
  })
  await draft.flush()
  return file
}

export function removeSignature(draft: OpenDraft, who: Signer['who']): void {
  draft.change((changing: Draft) => unlinkSignature(changing, who))
}

/** Who will not sign has not signed. null: they sign after all, and what they drew becomes a picture once more. */
export function setRefusal(draft: OpenDraft, refusal: Inspection['refusal']): void {
  draft.change((changing: Draft) => {
    changing.record.refusal = refusal
    if (refusal) unlinkSignature(changing, 'representative')
    if (changing.ink?.representative) changing.ink.representative.whole = false
  })
}

function unlinkSignature({record}: Draft, who: Signer['who']): void {
  if ('signatures' in record) record.signatures = record.signatures.filter(signature => signature.who !== who)
  else record.signature = null
}

/** The dates of a commitment signed now: it holds to the end that the commune's text names. */
export async function signingDates(store: Store): Promise<Pick<CommitmentDraft['record'], 'signed_at' | 'signed_on' | 'valid_until'>> {
  const [commune, zone, signed_at] = await Promise.all([unit(store), timeZone(store), store.now()])
  const signed_on = localDay(signed_at, zone)
  return {signed_at, signed_on, valid_until: `${signed_on.slice(0, 4)}-${commune?.commitment.valid_until ?? '12-31'}`}
}
