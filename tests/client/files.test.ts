import {expect, test, vi} from 'vitest'
import {openExchange} from '../../fieldapp/client/exchange/exchange'
import {startInspection} from '../../fieldapp/client/store/drafts'
import {MAX_FILE_BYTES, ORPHAN_KEEPS_MS, keepFile, readFile} from '../../fieldapp/client/store/files'
import {finalise} from '../../fieldapp/client/store/finalise'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {addSignature} from '../../fieldapp/client/store/pictures'
import {seal} from '../../fieldapp/client/store/seal'
import type {Sha256} from '../../fieldapp/client/store/shapes'
import type {Store} from '../../fieldapp/client/store/store'
import {office, quiet, readyPhone} from './cast'
import {lost, told} from './office'

const picture = (n: number) => new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, n])], {type: 'image/png'})

/** Signs an inspection with two pictures. */
async function signWithPictures(store: Store): Promise<Sha256[]> {
  const draft = await startInspection(store, 'e1')
  const digests = [
    await addSignature(store, draft, picture(1), {who: 'representative', name: 'Mẫu'}),
    await addSignature(store, draft, picture(2), {who: 'inspector', name: 'Bình'})]
  await finalise(store, [draft])
  return digests
}

test('files follow their records, and only those that the server lacks', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const [first, second] = await signWithPictures(store)
  one.held.files[second!] = await picture(2).arrayBuffer()
  one.calls = []
  await exchange.sync()
  expect(one.calls.map(call => call.path)).toEqual(['push', 'pull', 'files/have', `files/${first}`, 'pull'])
  expect((await outbox(store))[0]!.files).toEqual({sent: 2, total: 2, refused: 0})
})

test('a cut-off upload goes on where it stopped', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  await signWithPictures(store)
  let puts = 0
  one.fault = path => path.startsWith('files/') && path !== 'files/have' && ++puts === 2 ? {before: lost} : null
  expect((await exchange.sync()).phase).toBe('offline')
  expect((await outbox(store))[0]).toMatchObject({state: 'acknowledged', files: {sent: 1, total: 2}})
  await exchange.sync()
  expect(puts).toBe(3)
  expect(await outboxCounts(store)).toMatchObject({files_waiting: 0})
})

test('a file that the server refuses for good does not hold up the others', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const [first, second] = await signWithPictures(store)
  one.fault = path => path === `files/${first}` ? {before: () => told(415, 'file_type')} : null
  expect((await exchange.sync()).phase).toBe('idle')
  expect(Object.keys(one.held.files)).toEqual([second])
  expect((await outbox(store))[0]!.files).toEqual({sent: 1, total: 2, refused: 1})
})

test('bytes that a failing disk changed are never sent under their name', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const [first, second] = await signWithPictures(store)
  const sealed = await seal(new ArrayBuffer(3))
  await store.run(db => db.put('blobs', {sha256: first!, sealed}))
  await exchange.sync()
  expect(Object.keys(one.held.files)).toEqual([second])
  expect((await outbox(store))[0]!.files).toEqual({sent: 1, total: 2, refused: 1})
})

test("a captive portal's 200 is not a file that has arrived", async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  await signWithPictures(store)
  one.fault = path => path.startsWith('files/') && path !== 'files/have' ? {before: () => new Response('ok')} : null
  expect(await exchange.sync()).toMatchObject({phase: 'offline', code: 'not_our_server'})
  expect((await outbox(store))[0]!.files.sent).toBe(0)
})

test('pictures leave the phone only when a backup made after their arrival holds them', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const [digest] = await signWithPictures(store)
  await exchange.sync()
  one.now += ORPHAN_KEEPS_MS + 1
  one.safe = (await outbox(store))[0]!.state === 'acknowledged' ? one.held.receipts[Object.keys(one.held.receipts)[0]!]!['seq'] : 0
  await exchange.sync()
  expect(await outbox(store)).toEqual([])                   // the record is in that backup, its files are not
  expect(await readFile(store, digest!)).not.toBeNull()
  one.backup()
  await exchange.sync()
  expect(await readFile(store, digest!)).toBeNull()
})

test('a file that the office lost is sent again after a rewind', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  one.backup()
  const digests = await signWithPictures(store)
  await exchange.sync()
  one.restore()
  await exchange.sync()
  expect(Object.keys(one.held.files).sort()).toEqual([...digests].sort())
})

test('a file that arrived after the backup is sent again, though its record was in it', async () => {
  const one = office()
  one.refuse = () => 'invalid_body'                         // so that the op stays, and nobody asks for it soon
  const {store, exchange} = await readyPhone(one)
  const digests = await signWithPictures(store)
  one.fault = path => path.startsWith('files/') ? {before: lost} : null
  await exchange.sync()
  one.backup()
  one.fault = () => null
  await exchange.sync()
  one.restore()
  exchange.start()
  await vi.waitFor(() => expect(Object.keys(one.held.files).sort()).toEqual([...digests].sort()))
  exchange.stop()
})

test('a file over the limit is refused before it is kept', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  await expect(keepFile(store, new Blob([new Uint8Array(MAX_FILE_BYTES + 1)]))).rejects.toMatchObject({code: 'file_too_large'})
})

test.each(['files/have', 'files/'])('an answer about a file from before a rewind counts for nothing: %s', async path => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  one.backup()
  const digests = await signWithPictures(store)
  if (path === 'files/have') for (const [n, digest] of digests.entries()) one.held.files[digest] = await picture(n + 1).arrayBuffer()
  let release = () => {}
  const gate = new Promise<void>(resolve => { release = resolve })
  const slow = openExchange(store, {...quiet(one), async fetch(input, init) {
    const answer = await one.fetch(input, init)
    if (path === 'files/have' ? input.endsWith(path) : init.method === 'PUT') await gate
    return answer
  }}).sync()
  await vi.waitFor(() => expect(Object.keys(one.held.files)).not.toEqual([]))
  await new Promise(resolve => setTimeout(resolve, 20))
  one.restore()
  one.fault = wanted => wanted === 'files/have' ? {before: lost} : null     // this tab goes back, and gets no further
  await exchange.sync()
  expect(Object.keys(one.held.files)).toEqual([])
  release()
  await slow
  one.fault = () => null
  await exchange.sync()
  expect(Object.keys(one.held.files).sort()).toEqual([...digests].sort())
})

test('a file that was at the office already leaves once a backup holds what the answer said', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const digests = await signWithPictures(store)
  for (const [n, digest] of digests.entries()) one.held.files[digest] = await picture(n + 1).arrayBuffer()
  await exchange.sync()
  const [asked] = one.head()
  expect((await store.run(db => db.getAll('files'))).map(file => file.seq)).toEqual([asked, asked])
  one.now += ORPHAN_KEEPS_MS + 1
  one.backup()
  await exchange.sync()
  expect(await readFile(store, digests[0]!)).toBeNull()
})

test('what was erased takes only those files along that nothing else here names', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const signed = async (...pictures: number[]) => {
    const draft = await startInspection(store, 'e1')
    const names = await Promise.all(pictures.map(n => keepFile(store, picture(n))))
    draft.change(({record}) => names.forEach(name => { record.photos[name] = {class: 'premises', taken_at: record.started_at} }))
    return {id: (await finalise(store, [draft]))[0]!.id, names}
  }
  const gone = await signed(1, 2, 3)
  await signed(2)
  const draft = await startInspection(store, 'e2')
  const third = await keepFile(store, picture(3))
  draft.change(({record}) => { record.photos[third] = {class: 'premises', taken_at: record.started_at} })
  await draft.flush()
  one.erased.add(gone.id)
  await exchange.sync()
  expect(await Promise.all(gone.names.map(async name => await readFile(store, name) !== null))).toEqual([false, true, true])
})
