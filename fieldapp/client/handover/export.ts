// Everything unsent of one person in one sealed file, for a phone that cannot send: no network for days, a sign-in that
// has ended, a phone that was revoked. Nothing leaves the phone by it; the office's receipts come with the next exchange.

import {localDay, localTime} from '../rules/days'
import {DRAFT, isDue, queueDrafts} from '../store/backup'
import {instant} from '../store/clock'
import {FRESH, type FileRow, type OpRow} from '../store/db'
import {utf8} from '../store/digest'
import {StoreError} from '../store/errors'
import {readBytes} from '../store/files'
import {session} from '../store/people'
import {unit} from '../store/replica'
import {open} from '../store/seal'
import type {Instant, Uuid} from '../store/shapes'
import type {Store} from '../store/store'
import {APP} from '../store/version'
import {Sealing} from './seal'

const VERSION = 1

export interface Export {
  file: File
  records: number
  drafts: number
  files: number
  left_out: number                 // drafts that a full phone has no room to pack
}

type ExportFailure = 'nothing' | 'no_key' | 'insecure'
type Exported = {ok: true; made: Export} | {ok: false; code: ExportFailure}

/** Seals what waits. Raises StoreError when the phone's storage fails. */
export async function exportUnsent(store: Store): Promise<Exported> {
  if (!(globalThis.crypto.subtle as SubtleCrypto | undefined)) return {ok: false, code: 'insecure'}
  const [commune, who] = await Promise.all([unit(store), session(store.person.id)])
  if (!commune?.export_key || !who) return {ok: false, code: 'no_key'}
  await queueDrafts(store)
  const {ops, files, going, left_out} = await unsent(store)
  if (ops.length + files.length === 0) {
    if (left_out > 0) throw new StoreError('storage_full')
    return {ok: false, code: 'nothing'}
  }
  const made_at = instant(store.clock())
  const sealing = await Sealing.begin(commune.export_key)
  const {id, username, name} = store.person
  await sealing.add(line({v: VERSION, device: who.device, app: APP, made_at, person: {id, username, name}}))
  for (const op of ops) await addOp(store, sealing, op)
  for (const file of files) await addFile(store, sealing, file)
  await sealing.add(line({end: true}))
  const file = new File([await sealing.end()], fileName(username, made_at, commune.time_zone), {type: 'application/octet-stream'})
  await noteExport(store, made_at)
  const [drafts, records] = [ops.filter(op => op.kind === DRAFT), ops.filter(op => op.kind !== DRAFT)]
  return {ok: true, made: {file, records: records.length, drafts: drafts.filter(op => going.has(op.record)).length, files: files.length, left_out}}
}

/** Ops in the order of their making, others' too where the office asked for them again; photos of records and drafts.
 *  going: the drafts that go on; an op may also say of one that it was signed. */
async function unsent(store: Store): Promise<{ops: OpRow[]; files: FileRow[]; going: Set<Uuid>; left_out: number}> {
  const [ops, files, rows] = await store.run(db => {
    const tx = db.transaction(['outbox', 'files', 'drafts'])
    return Promise.all([tx.objectStore('outbox').index('state').getAll('pending'), tx.objectStore('files').getAll(), tx.objectStore('drafts').getAll()])
  })
  const drafts = rows.filter(row => row.dropped_at === null)
  const ofDrafts = new Set(drafts.flatMap(row => row.files))
  const waits = ({state, sha256}: FileRow) => state === 'pending' || state === 'refused' || (state === 'draft' && ofDrafts.has(sha256))
  return {ops, files: files.filter(waits), going: new Set(drafts.map(({id}) => id)), left_out: rows.filter(isDue).length}
}

/** The header as in a push, then the exact bytes. */
async function addOp(store: Store, sealing: Sealing, {op, kind, ver, sha256, bytes, files, eff}: OpRow): Promise<void> {
  const body = await store.run(db => db.get('bodies', sha256))
  if (!body) return                                        // a failing disk has lost it; the others must not wait for it
  await sealing.add(line({op: {op, kind, ver, sha256, bytes, files, ...eff && {eff}}}))
  await sealing.add(utf8(await open(body.sealed) + '\n'))
}

async function addFile(store: Store, sealing: Sealing, {sha256, type}: FileRow): Promise<void> {
  const content = await readBytes(store, sha256)
  if (!content) return
  await sealing.add(line({file: sha256, type, bytes: content.byteLength}))
  await sealing.add(new Uint8Array(content))
  await sealing.add(utf8('\n'))
}

function line(told: object): Uint8Array<ArrayBuffer> { return utf8(JSON.stringify(told) + '\n') }

/** By the clock on the wall: the person who hands it over looks for it. */
function fileName(username: string, made_at: Instant, zone: string): string {
  const [day, time] = [localDay(made_at, zone), localTime(made_at, zone)].map(part => part.replace(/[-:]/g, ''))
  return `${username}-${day}-${time}.fieldapp`
}

async function noteExport(store: Store, exported_at: string): Promise<void> {
  await store.write(['state'], async tx => {
    const state = tx.objectStore('state')
    await state.put({...await state.get('sync') ?? FRESH, exported_at})
  }).catch(failure => {                                    // a full phone hands over all the same
    if (!(failure instanceof StoreError && failure.code === 'storage_full')) throw failure
  })
}

/** The form in which this browser lets the file be shared, or null. Some share nothing but kinds of files they know. */
export function shareable(file: File): File | null {
  if (!navigator.canShare) return null
  const asText = new File([file], `${file.name}.txt`, {type: 'text/plain'})
  return [file, asText].find(form => navigator.canShare({files: [form]})) ?? null
}

/** Hands the file to another app. False when the person thought better of it. */
export async function share(file: File): Promise<boolean> {
  return navigator.share({files: [file]}).then(() => true, (failure: unknown) => {
    if (failure instanceof DOMException && failure.name === 'AbortError') return false
    throw failure
  })
}

/** Saves the file where the browser puts downloads. */
export function download(file: File): void {
  const address = URL.createObjectURL(file)
  const link = Object.assign(document.createElement('a'), {href: address, download: file.name})
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
