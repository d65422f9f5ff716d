// What a phone holds after a day without network, as JSON, so that every later version can be shown to go on with it.
// A fixture is frozen once for every version of the database: `FREEZE=1 python -m tests.client frozen` writes the missing
// one, made by the app as it is then. It never changes afterwards.

import {openExchange} from '../../fieldapp/client/exchange/exchange'
import type {Db} from '../../fieldapp/client/store/db'
import {dropDraft, startCommitment, startInspection} from '../../fieldapp/client/store/drafts'
import {addSignature} from '../../fieldapp/client/store/pictures'
import {jot} from '../../fieldapp/client/store/jottings'
import {addEstablishment, editEstablishment} from '../../fieldapp/client/store/edits'
import {finalise} from '../../fieldapp/client/store/finalise'
import {seal} from '../../fieldapp/client/store/seal'
import type {Store} from '../../fieldapp/client/store/store'
import {office, PNG, quiet, readyPhone, sign} from './cast'
import {lost} from './office'

export interface Frozen {
  app: string
  db: number                       // version of the database
  person: {id: string; username: string; name: string; role: string; body: string; position: string}
  stores: Record<string, {key?: unknown; value: unknown}[]>
  push: string                     // a push of everything that waits, as it goes over the wire (unpacked)
}

/** A day: something the office has, something it refused, something that waits, two drafts, one of them dropped, and a form half typed. */
export async function aDay(app: string, version: number): Promise<Frozen> {
  const one = office()
  const my = await readyPhone(one)
  const {store} = my
  await sign(my, 'e1', 'văn phòng đã nhận')
  one.refuse = kind => kind === 'establishment' ? 'not_allowed' : null
  await editEstablishment(store, 'e2', {note: 'văn phòng chưa nhận'})
  await my.exchange.sync()
  one.refuse = () => null
  let push = ''
  one.fault = path => path === 'push' ? {before: lost} : null
  const {fetch} = one
  Object.assign(one, {fetch: async (path: string, init: RequestInit) => {
    if (path.endsWith('push')) push = await new Response(new Response(init.body as BodyInit).body!.pipeThrough(new DecompressionStream('gzip'))).text()
    return fetch(path, init)
  }})
  await aVisit(store)
  await editEstablishment(store, 'e1', {phone: '0900000009'})
  await addEstablishment(store, {name: 'Quán mới tìm thấy', type: 'cafe'})
  const draft = await startInspection(store, 'e2')
  await addSignature(store, draft, PNG, {who: 'inspector', name: 'Bình'})
  await jot(store, 'edit e2', {phone: '0900'})
  const small = await seal(await PNG.arrayBuffer())
  await store.run(db => db.put('thumbs', {sha256: 'f'.repeat(64), sealed: small}))
  await dropDraft(store, (await startCommitment(store, 'e1')).id)
  await openExchange(store, quiet(one)).sync()
  return {app, db: version, person: my.who, stores: await contents(store), push}
}

/** An inspection with a shortcoming, a signature and a commitment signed at it. */
async function aVisit(store: Store): Promise<void> {
  const visit = await startInspection(store, 'e1')
  const promise = await startCommitment(store, 'e1', visit.id)
  visit.change(({record}) => {
    record.answers['A01'] = {a: 'khong_dat', note: 'Giấy hết hạn', files: []}
    record.figures['N01'] = 8
  })
  await addSignature(store, visit, new Blob([PNG, 'ký']), {who: 'inspector', name: 'Bình'})
  await addSignature(store, promise, new Blob([PNG, 'cam kết']), {who: 'representative', name: 'Nguyễn Văn Mẫu'})
  await finalise(store, [visit, promise])
}

async function contents(store: Store): Promise<Frozen['stores']> {
  const names = await store.run(async db => [...db.objectStoreNames])
  const all = await Promise.all(names.map(async name => [name, (await store.run(db => db.getAll(name))).map(value => ({value: packed(value)}))] as const))
  return Object.fromEntries(all)
}

/** Puts what was frozen into a database of its version. */
export async function thaw(db: Db, {stores}: Frozen): Promise<void> {
  for (const [name, rows] of Object.entries(stores)) {
    for (const {value} of rows) await db.put(name as 'drafts', unpacked(value) as never)
  }
}

function packed(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return {$bytes: btoa(String.fromCharCode(...new Uint8Array(value)))}
  if (Array.isArray(value)) return value.map(packed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]))
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked)
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return Uint8Array.from(atob(value.$bytes as string), letter => letter.charCodeAt(0)).buffer
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpacked(inner)]))
}
