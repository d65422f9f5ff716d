// Hands in photos and signatures, after the records that name them. Each file is one idempotent PUT, so a cut-off
// upload is simply done again, and what has arrived stays arrived.

import {FRESH, type FileRow, type FileState, type Point} from '../store/db'
import {sha256} from '../store/digest'
import {readBytes} from '../store/files'
import {standpoint} from '../store/replica'
import {seal} from '../store/seal'
import type {Sha256} from '../store/shapes'
import type {Store} from '../store/store'
import {call, fetchFile, isObject, type Retry, type SignIn, type Wire} from './api'
import {isPoint} from './receipts'
import {samePoint, seen} from './trail'

/** Files asked about in one message. */
const HAVE_FILES = 500

/** Answers about a file that will be the same tomorrow: it waits as refused, and the others go on. */
const FINAL = ['file_too_large', 'file_type']

export interface Sent { is: 'done' }

/** Sends every pending file that the server lacks. asked: the person pressed the button, so refused ones as well. */
export async function sendFiles(store: Store, wire: Wire, asked = false): Promise<Sent | Retry | SignIn> {
  const waiting = [...await waitingFiles(store, asked), ...await ofDrafts(store)]
  for (let n = 0; n < waiting.length; n += HAVE_FILES) {
    const some = waiting.slice(n, n + HAVE_FILES)
    const {mark: asked} = await standpoint(store)
    // Packed, so that its checksum guards the names: one that was garbled on the way would not be missing.
    const outcome = await call(wire, {
      method: 'POST', path: 'files/have', type: 'application/json', gzip: true,
      mark: asked, body: JSON.stringify({sha256: some.map(file => file.sha256)}),
    }, isMissing)
    if (outcome.is !== 'answer') return outcome
    const [missing, {mark}] = [new Set(outcome.body.missing), outcome.body]
    if (mark === null) return {is: 'done'}          // of another history; the next pull tells how far back
    await note(store, some.filter(file => !missing.has(file.sha256)), asked, {state: 'sent', seq: mark[0], error: null}, mark)
    for (const file of some.filter(one => missing.has(one.sha256))) {
      const failure = await sendFile(store, wire, file)
      if (failure) return failure
    }
  }
  return {is: 'done'}
}

/** Sends one file; returns what keeps the next from being sent, if anything. */
async function sendFile(store: Store, wire: Wire, file: FileRow): Promise<Retry | SignIn | null> {
  const [bytes, {mark: asked}] = await Promise.all([readBytes(store, file.sha256), standpoint(store)])
  if (bytes === null || await sha256(bytes) !== file.sha256) {
    await note(store, [file], asked, {state: 'refused', error: 'file_lost'})
    return null
  }
  const outcome = await call(wire, {method: 'PUT', path: `files/${file.sha256}`, type: file.type, body: bytes, mark: asked}, isTaken(file.sha256))
  if (outcome.is === 'answer') {
    const {seq, mark} = outcome.body
    if (mark !== null) await note(store, [file], asked, {state: 'sent', seq, error: null}, mark)
    return null
  }
  const final = outcome.is === 'retry' && FINAL.includes(outcome.code)
  const error = outcome.is === 'retry' ? outcome.code : 'sign_in'
  await note(store, [file], asked, {state: final ? 'refused' : file.state === 'draft' ? 'draft' : 'pending', error})
  return final ? null : outcome
}

/** The office's head, or null where it does not hold this phone's mark: then what it says is of another history. */
type Head = Point | null
const isHead = (mark: unknown) => mark === null || isPoint(mark)

/** mark: every backup that holds it holds what is not missing. */
function isMissing(body: unknown): body is {missing: Sha256[]; mark: Head} {
  return isObject(body) && Array.isArray(body['missing']) && body['missing'].every(digest => typeof digest === 'string')
    && isHead(body['mark'])
}

/** seq: once `safe` has reached it, a verified backup holds the file. */
function isTaken(digest: Sha256): (body: unknown) => body is {sha256: Sha256; seq: number; mark: Head} {
  return (body): body is {sha256: Sha256; seq: number; mark: Head} => isObject(body) && body['sha256'] === digest
    && Number.isSafeInteger(body['seq']) && isHead(body['mark'])
}

/** Those that wait, and those that came from the office, which did not say which backup holds them. */
async function waitingFiles(store: Store, asked: boolean): Promise<FileRow[]> {
  const states: FileState[] = asked ? ['pending', 'refused', 'sent'] : ['pending', 'sent']
  const found = await store.run(db => Promise.all(states.map(state => db.getAllFromIndex('files', 'state', state))))
  return found.flat().filter(file => file.state !== 'sent' || (file.seq === null && file.size > 0)).sort((a, b) => a.kept_at < b.kept_at ? -1 : 1)
}

/** The photos of drafts that the office has been offered; they follow after those of records. */
async function ofDrafts(store: Store): Promise<FileRow[]> {
  const [files, rows] = await store.run(db => Promise.all([db.getAllFromIndex('files', 'state', 'draft'), db.getAll('drafts')]))
  const named = new Set(rows.filter(row => row.over.length > 0 && row.dropped_at === null).flatMap(row => row.files))
  return files.filter(file => named.has(file.sha256))
}

/** Brings the photos of drafts that came from another phone. What does not come now comes with the next round. */
export async function fetchFiles(store: Store, wire: Wire): Promise<void> {
  const [rows, here] = await store.run(db => Promise.all([db.getAll('drafts'), db.getAllKeys('blobs')]))
  const held = new Set(here)
  const wanted = new Set(rows.filter(row => row.dropped_at === null).flatMap(row => row.files))
  for (const digest of [...wanted].filter(name => !held.has(name))) {
    const file = await fetchFile(wire, digest)
    if (file && await sha256(file.bytes) === digest) await keepFetched(store, digest, file)
  }
}

async function keepFetched(store: Store, digest: Sha256, {bytes, type}: {bytes: ArrayBuffer; type: string}): Promise<void> {
  const sealed = await seal(bytes)
  await store.write(['files', 'blobs'], async tx => {
    const row = await tx.objectStore('files').get(digest)
    if (!row) return
    await tx.objectStore('files').put({...row, type, size: bytes.byteLength})
    await tx.objectStore('blobs').put({sha256: digest, sealed})
  })
  store.feed.announce({what: 'outbox', queued: false})
}

/** Notes what an answer said, unless another tab has moved the mark since the question. head: the office's as it answered.
 *  The phone's mark goes there with the files: or an office that was restored to before them, and holds everything else
 *  that this phone has seen, would never be found to have lost them. */
async function note(store: Store, files: FileRow[], asked: Point, change: Partial<FileRow>, head?: Point): Promise<void> {
  if (files.length === 0) return
  await store.write(['state', 'files'], async tx => {
    const sync = await tx.objectStore('state').get('sync') ?? FRESH
    if (!samePoint(sync.mark, asked)) return
    for (const {sha256} of files) {
      const row = await tx.objectStore('files').get(sha256)
      if (row) await tx.objectStore('files').put({...row, ...change})
    }
    if (head) await tx.objectStore('state').put(seen(sync, head))
  })
  store.feed.announce({what: 'outbox', queued: false})
}
