// Signing: drafts become records whose bytes never change again.

import {enqueue, prepare, type Prepared} from './queue'
import type {DraftRow, FileRow, SignedRow, Write} from './db'
import type {Draft, OpenDraft} from './drafts'
import {openDrafts} from './drafts'
import {filesOf, type Editing} from './editing'
import {sha256} from './digest'
import {StoreError} from './errors'
import {signingDates} from './pictures'
import {findingEvents} from './follow_up'
import {establishmentOrNone, signedAt} from './replica'
import type {Commitment, Inspection, Instant, Sha256, Uuid} from './shapes'
import type {Store} from './store'
import {APP} from './version'

interface Finalised { id: Uuid; kind: 'inspection' | 'commitment'; sha256: Sha256; op: Uuid }

interface Signing extends Prepared { editing: Editing; rev: number; record: Inspection | Commitment; signed_at: Instant }

/** Signs: the drafts become records with exact bytes and their ops, and are gone as drafts, in one strict transaction.
 *  An inspection and the commitment signed at it go together. Resolves when the disk has it; raises StoreError
 *  (storage_full, body_too_large, draft_gone …), and then the drafts are as they were. */
export async function finalise(store: Store, drafts: OpenDraft[]): Promise<Finalised[]> {
  const editings = drafts as Editing[]
  const flush = () => Promise.all(editings.map(editing => editing.flush()))
  const revs = () => editings.map(({rev}) => rev).join()
  await flush()
  const before = revs()
  return signTogether(store, editings).catch(async failure => {
    await flush()
    // Where the person is was noted meanwhile, which a slow phone takes long enough for: signed again as it is now.
    if (!(failure instanceof StoreError) || failure.code !== 'draft_gone' || revs() === before) throw failure
    return finalise(store, drafts)
  })
}

async function signTogether(store: Store, editings: Editing[]): Promise<Finalised[]> {
  const signings = await Promise.all(editings.map(async (editing): Promise<Signing> => {
    const {rev, value} = editing
    const record = await signedForm(store, value, editings.map(editing => editing.value))
    const {kind, id, establishment} = value
    return {editing, rev, record, signed_at: signedAt(record), ...await prepare(store, {kind, record: id, establishment, files: filesOf(record)}, record)}
  }))
  const events = (await Promise.all(signings.map(({record}) => eventsOf(store, record)))).flat()
  await store.write(['drafts', 'signed', 'bodies', 'outbox', 'files'], async tx => {
    await Promise.all(signings.map(signing => sign(tx, signing)))
    for (const event of events) await enqueue(tx, event)
    tx.commit()
  }, 'strict')
  for (const {editing} of signings) openDrafts(store).delete(editing.id)
  store.feed.announce({what: 'drafts', ids: signings.map(({op}) => op.record)})
  store.feed.announce({what: 'outbox', queued: true})
  return signings.map(({op}) => ({id: op.record, kind: op.kind as Finalised['kind'], sha256: op.sha256, op: op.op}))
}

/** The digest that a draft would have if it were signed now; for the provisional check code. */
export async function previewDigest(store: Store, draft: OpenDraft): Promise<Sha256> {
  return sha256(JSON.stringify(await signedForm(store, draft.value, [draft.value])))
}

/** The events about earlier findings that go with an inspection, ready to be queued. */
async function eventsOf(store: Store, record: Inspection | Commitment): Promise<Prepared[]> {
  if (!('answers' in record)) return []
  const place = await establishmentOrNone(store, record.establishment)
  return Promise.all(findingEvents(record, place?.summary.findings ?? []).map(event => prepare(store,
    {kind: 'finding_event', record: event.id, establishment: record.establishment, files: Object.keys(event.photos)}, event)))
}

type Signed = Write<'drafts' | 'signed' | 'bodies' | 'outbox' | 'files'>

// The person waits for this with a pen in hand: first all reads at once, then all writes, and the commit behind them
// without a word between: a write that fails aborts the transaction, which is waited for.
async function sign(tx: Signed, {op, body, rev, signed_at}: Signing): Promise<void> {
  const [drafts, records, files] = [tx.objectStore('drafts'), tx.objectStore('signed'), tx.objectStore('files')]
  const [there, draft, ...pictures] = await Promise.all([
    records.get(op.record), drafts.get(op.record), ...op.files.map(digest => files.get(digest))])
  if (there?.op === op.op) return                       // committed just before the connection broke
  if (there || !draft || draft.dropped_at !== null || draft.rev !== rev) throw new StoreError('draft_gone')
  const released = pictures.map((picture): FileRow => {
    if (!picture) throw new StoreError('file_unreadable')
    return picture.state === 'draft' ? {...picture, state: 'pending'} : picture
  })
  const row: SignedRow = {
    id: op.record, kind: op.kind, op: op.op, ver: op.ver, sha256: op.sha256, establishment: op.establishment,
    files: op.files, signed_at, own: true,
  }
  const writes = [
    records.put(row), tx.objectStore('bodies').put(body), tx.objectStore('outbox').add(op), endDraft(tx, draft, signed_at),
    ...released.map(picture => files.put(picture))]
  Promise.all(writes).catch(() => {})
}

/** A draft that the office has a copy of stays until it is told, behind the record, that the copy may go. */
async function endDraft(tx: Signed, draft: DraftRow, at: Instant): Promise<void> {
  if (draft.over.length === 0) await tx.objectStore('drafts').delete(draft.id)
  else await tx.objectStore('drafts').put({...draft, ended: 'signed', dropped_at: at, files: []})
}

/** What is signed: the draft's record with its end, without what its outcome has no place for. */
async function signedForm(store: Store, draft: Draft, together: Draft[]): Promise<Inspection | Commitment> {
  if (draft.kind === 'commitment') {
    const visit = together.find(other => other.kind === 'inspection')
    const dates = draft.record.signed_on === '' ? await signingDates(store) : {}
    return {...draft.record, ...dates, inspection: visit?.id ?? draft.record.inspection, app: APP}
  }
  const {record} = draft
  const conducted = record.outcome === 'conducted'
  return {
    ...record,
    members: record.members.filter(({name}) => name.trim()),             // a line that stayed blank is nobody
    ended_at: record.amends ? record.ended_at : await store.now(),     // an amendment tells of the same visit
    checklist: conducted ? record.checklist : null,
    answers: !conducted || record.kind === 'follow_up' ? {} : tidyAnswers(record.answers),
    figures: conducted ? record.figures : {},
    commitment: together.find(other => other.kind === 'commitment')?.id ?? record.commitment,
    app: APP,
  }
}

/** A deadline belongs to a shortcoming only; switching an answer back and forth may have left one behind. */
function tidyAnswers(answers: Inspection['answers']): Inspection['answers'] {
  return Object.fromEntries(Object.entries(answers).map(([item, {due_on, ...answer}]) => (
    [item, answer.a === 'khong_dat' && due_on !== undefined ? {...answer, due_on} : answer])))
}
