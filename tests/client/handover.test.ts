// The emergency export: sealed here, opened by the office's own code (the same vector runs in tests/wire).

import {afterEach, expect, test, vi} from 'vitest'
import {Sealing} from '../../fieldapp/client/handover/seal'
import {exportUnsent} from '../../fieldapp/client/handover/export'
import {queueDrafts} from '../../fieldapp/client/store/backup'
import {startInspection, type OpenDraft} from '../../fieldapp/client/store/drafts'
import {finalise} from '../../fieldapp/client/store/finalise'
import {addSignature} from '../../fieldapp/client/store/pictures'
import {forgetToken} from '../../fieldapp/client/store/people'
import {standpoint} from '../../fieldapp/client/store/replica'
import vector from '../vectors/export.json'
import {fillPhone, office, PNG, readyPhone, sign, UNIT} from './cast'

afterEach(() => vi.unstubAllGlobals())

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytesOf = (text: string) => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const CURVE = {name: 'ECDH', namedCurve: 'P-256'}

/** The private key that the vector names, so that what is sealed can be compared byte for byte. */
async function chances() {
  const {d: _, ...open} = vector.ephemeral
  return {
    salt: bytesOf(vector.salt), chunk: vector.chunk,
    ephemeral: {
      privateKey: await crypto.subtle.importKey('jwk', vector.ephemeral, CURVE, false, ['deriveBits']),
      publicKey: await crypto.subtle.importKey('jwk', open, CURVE, true, []),
    },
  }
}

test('the vector is sealed byte for byte, however the content comes in', async () => {
  for (const step of [1, 7, 64, 1000]) {
    const sealing = await Sealing.begin(vector.key, await chances())
    const plain = utf8(vector.plain)
    for (let at = 0; at < plain.byteLength; at += step) await sealing.add(plain.slice(at, at + step))
    expect(new Uint8Array(await (await sealing.end()).arrayBuffer())).toEqual(bytesOf(vector.sealed))
  }
})

/** A phone that knows a key whose private half the test has. */
async function phoneWithKey() {
  const pair = await crypto.subtle.generateKey({name: 'ECDH', namedCurve: 'P-256'}, true, ['deriveBits'])
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const one = office()
  one.enter('unit', {...UNIT, export_key: {id: 'a'.repeat(16), p256: btoa(String.fromCharCode(...raw))}})
  return {one, pair, raw, my: await readyPhone(one)}
}

/** Opens a file as the office does. */
async function opened(file: Blob, pair: CryptoKeyPair, raw: Uint8Array<ArrayBuffer>): Promise<string> {
  const all = new Uint8Array(await file.arrayBuffer())
  const end = all.indexOf(10, all.indexOf(10) + 1) + 1
  const head = all.slice(0, end)
  const told = JSON.parse(new TextDecoder().decode(head).split('\n')[1]!) as {ephemeral: string; salt: string; chunk: number}
  const own = bytesOf(told.ephemeral)
  const publicKey = await crypto.subtle.importKey('raw', own, CURVE, false, [])
  const secret = await crypto.subtle.deriveBits({name: 'ECDH', public: publicKey}, pair.privateKey, 256)
  const from = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const info = new Uint8Array([...utf8('fieldapp export 1'), ...own, ...raw])
  const cipher = await crypto.subtle.deriveKey({name: 'HKDF', hash: 'SHA-256', salt: bytesOf(told.salt), info}, from, {name: 'AES-GCM', length: 256}, false, ['decrypt'])
  let text = ''
  for (let at = end, place = 0; at < all.byteLength; place++) {
    const chunk = all.slice(at, at + told.chunk + 16)
    at += chunk.byteLength
    const iv = new Uint8Array(12)
    new DataView(iv.buffer).setUint32(7, place)
    iv[11] = at === all.byteLength ? 1 : 0
    text += new TextDecoder('latin1').decode(await crypto.subtle.decrypt({name: 'AES-GCM', iv, additionalData: head}, cipher, chunk))
  }
  return text
}

test('everything unsent is in it, with its exact bytes; the phone keeps everything and knows when it was made', async () => {
  const {one, pair, raw, my} = await phoneWithKey()
  const id = await sign(my, 'e1', 'chưa gửi')
  const draft = await startInspection(my.store, 'e2')
  await addSignature(my.store, draft, PNG, {who: 'inspector', name: 'Bình'})
  await forgetToken(my.who.id, 'token')                        // the sign-in has ended
  const done = await exportUnsent(my.store)
  if (!done.ok) throw new Error(done.code)
  expect(done.made).toMatchObject({records: 1, drafts: 1, files: 1, file: {name: `${my.who.username}-20261121-0915.fieldapp`}})
  const text = await opened(done.made.file, pair, raw)
  const [op] = await my.store.run(db => db.getAll('outbox'))
  const body = await my.store.run(db => db.get('bodies', op!.sha256))
  expect(text).toContain(new TextDecoder('latin1').decode(utf8(body!.sealed)))
  const told = text.split('\n').filter(line => line.startsWith('{"op"') || line.startsWith('{"file"') || line.startsWith('{"v"') || line.startsWith('{"end"'))
    .map(line => JSON.parse(line) as {op?: {kind: string}; file?: string; end?: boolean; v?: number})
  expect(told.map(line => line.op?.kind ?? (line.file ? 'file' : line.end ? 'end' : 'v'))).toEqual(['v', 'inspection', 'draft', 'file', 'end'])
  expect(await my.store.run(db => db.count('outbox'))).toBe(2)
  expect((await standpoint(my.store)).exported_at).toBe(new Date(one.now).toISOString())
  expect(await my.store.run(db => db.get('signed', id))).toBeDefined()
})

test('a draft that was signed after it was offered is no draft any more', async () => {
  const {my} = await phoneWithKey()
  const draft = await startInspection(my.store, 'e1')
  await queueDrafts(my.store)                                  // a round without a connection
  await finalise(my.store, [draft as OpenDraft as OpenDraft])
  const done = await exportUnsent(my.store)
  expect(done.ok && done.made).toMatchObject({records: 1, drafts: 0})
})

test('a full phone hands over and hands in what is signed, although it has no room for a copy of a draft', async () => {
  const {one, my} = await phoneWithKey()
  await sign(my)
  await startInspection(my.store, 'e2')
  const free = fillPhone()
  const done = await exportUnsent(my.store)
  expect(done.ok && done.made).toMatchObject({records: 1, drafts: 0, left_out: 1})
  expect(await my.exchange.sync()).toMatchObject({phase: 'error', code: 'phone_full'})
  expect(Object.keys(one.held.signed)).toHaveLength(1)
  free()
  expect(await my.exchange.sync()).toMatchObject({phase: 'idle'})
  expect(Object.keys(one.held.signed)).toHaveLength(1)
})

test('with nothing unsent, without a key, or where browsers hide their cipher, it says so', async () => {
  const {my} = await phoneWithKey()
  expect(await exportUnsent(my.store)).toEqual({ok: false, code: 'nothing'})
  const old = await readyPhone(office())
  expect(await exportUnsent(old.store)).toEqual({ok: false, code: 'no_key'})
  vi.stubGlobal('crypto', {getRandomValues: crypto.getRandomValues.bind(crypto)})
  expect(await exportUnsent(my.store)).toEqual({ok: false, code: 'insecure'})
})
