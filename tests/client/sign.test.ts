import {afterEach, expect, test, vi} from 'vitest'
import {localDay} from '../../fieldapp/client/rules/days'
import {HISTORY_KEEPS_MS, sweepAged, THUMBS_KEEP_MS} from '../../fieldapp/client/store/ageing'
import {sha256} from '../../fieldapp/client/store/digest'
import {amendInspection, drafts, startCommitment, startInspection} from '../../fieldapp/client/store/drafts'
import {readFile} from '../../fieldapp/client/store/files'
import {addEstablishment, editEstablishment, resendWithout} from '../../fieldapp/client/store/edits'
import {finalise, previewDigest} from '../../fieldapp/client/store/finalise'
import {outbox, outboxCounts, ownWork} from '../../fieldapp/client/store/outbox'
import {addSignature} from '../../fieldapp/client/store/pictures'
import {establishment, signedRecord, signedRecords} from '../../fieldapp/client/store/replica'
import type {Commitment, Inspection} from '../../fieldapp/client/store/shapes'
import {readThumb} from '../../fieldapp/client/store/thumbs'
import {seal} from '../../fieldapp/client/store/seal'
import {wholeCommitment, wholeInspection} from '../../fieldapp/client/store/whole'
import {office, PNG, readyPhone, sign} from './cast'

afterEach(() => { vi.restoreAllMocks() })

test('a signed inspection: record, op, files and draft move together', async () => {
  const one = office()
  const {store, who} = await readyPhone(one)
  const draft = await startInspection(store, 'e1')
  draft.change(({record}) => { record.members.push({name: ' ', position: 'x'}) })     // a line that stayed blank
  const file = await addSignature(store, draft, PNG, {who: 'representative', name: 'Nguyễn Văn Mẫu'})
  const [signed] = await finalise(store, [draft])
  const {body, sha256: digest} = await signedRecord(store, draft.id)
  expect(signed).toMatchObject({id: draft.id, kind: 'inspection', sha256: digest})
  expect(await sha256(JSON.stringify(body))).toBe(digest)
  expect(body).toMatchObject({
    author: who.id, establishment: 'e1', outcome: 'conducted', bodies: ['team_178'], members: [{name: who.name, position: who.position}], started_at: '2026-11-21T02:15:00.000Z',
    facts: {name: 'Karaoke Sao Thử e1', area: 'Thôn Mẫu 1', entity: 'Công ty Mẫu', rooms: 6}, signatures: [{file}],
  })
  expect(await drafts(store)).toEqual([])
  expect(await outbox(store)).toMatchObject([{state: 'pending', record: draft.id, files: {sent: 0, total: 1}}])
  expect(await outboxCounts(store)).toMatchObject({waiting: 1, files_waiting: 1})
  expect((await ownWork(store)).get('e1')).toMatchObject({waiting: 1, visits: [{visited_on: '2026-11-21', counted: true}]})
})

test('an inspection and the commitment signed at it name each other', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const promise = await startCommitment(store, 'e1', visit.id)
  await addSignature(store, promise, PNG, {who: 'representative', name: 'Nguyễn Văn Mẫu'})
  await finalise(store, [visit, promise])
  expect((await signedRecord(store, visit.id)).body).toMatchObject({commitment: promise.id})
  const commitment = (await signedRecord(store, promise.id)).body as Commitment
  expect(commitment).toMatchObject({inspection: visit.id, clauses: [1], signed_on: '2026-11-21', valid_until: '2026-12-31'})
  expect(commitment.signature).toBe(await sha256(await PNG.arrayBuffer()))
})

test('a record that says no more than the contract asks is whole on every screen', () => {
  const visit = wholeInspection({id: 'i', establishment: 'e1', outcome: 'conducted', bodies: ['team_178'],
    started_at: '2026-11-21 09:00:00+0700', ended_at: null, answers: {A01: {a: 'dat'}}, facts: null} as never)
  expect(visit).toMatchObject({kind: 'planned', members: [], signatures: [], figures: {}, facts: {name: '', licences: []},
    answers: {A01: {a: 'dat', note: '', files: []}}, started_at: '2026-11-21T09:00:00+07:00', ended_at: '2026-11-21T09:00:00+07:00'})
  const promise = wholeCommitment({id: 'c', establishment: 'e1', template: '1', clauses: [1], signer: {name: 'M', capacity: 'owner'},
    signed_on: '2026-11-21', valid_until: '2026-12-31', refusal: {reason: 'x'}} as never)
  expect(localDay(promise.signed_at, 'Asia/Ho_Chi_Minh')).toBe('2026-11-21')
  expect(promise).toMatchObject({scans: [], facts: {address: ''}, refusal: {reason: 'x', witness_name: ''}})
})

/** Lets the disk be full from the moment a store is written to. */
function fullDisk(storeName: string): void {
  const add = IDBObjectStore.prototype.add
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value: unknown) {
    const request = add.call(this, value)
    const {transaction} = this as unknown as {transaction: {_abort(name: string): void}}
    if (this.name === storeName) queueMicrotask(() => transaction._abort('QuotaExceededError'))
    return request
  })
}

test('a full disk at signing is told, and both drafts stay as they were', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const promise = await startCommitment(store, 'e1', visit.id)
  visit.change(({record}) => { record.note = 'giữ lại' })
  fullDisk('outbox')
  await expect(finalise(store, [visit, promise])).rejects.toMatchObject({code: 'storage_full'})
  expect((await drafts(store)).map(draft => draft.id).sort()).toEqual([visit.id, promise.id].sort())
  expect(await outbox(store)).toEqual([])
  await expect(signedRecord(store, visit.id)).rejects.toMatchObject({code: 'not_here'})
  vi.restoreAllMocks()
  await finalise(store, [visit, promise])
  expect((await signedRecord(store, visit.id)).body).toMatchObject({note: 'giữ lại'})
})

test('one missing picture keeps both records from being signed', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const promise = await startCommitment(store, 'e1', visit.id)
  promise.change(draft => { if (draft.kind === 'commitment') draft.record.signature = 'f'.repeat(64) })
  await expect(finalise(store, [visit, promise])).rejects.toMatchObject({code: 'file_unreadable'})
  expect(await drafts(store)).toHaveLength(2)
  expect(await outbox(store)).toEqual([])
})

test('a body over 1 MiB is refused before anything is written', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  visit.change(({record}) => { record.note = 'ề'.repeat(400_000) })
  await expect(finalise(store, [visit])).rejects.toMatchObject({code: 'body_too_large'})
  expect(await drafts(store)).toHaveLength(1)
})

test('signing twice makes one record', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const results = await Promise.allSettled([finalise(store, [visit]), finalise(store, [visit])])
  expect(results.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await outbox(store)).toHaveLength(1)
  await expect(finalise(store, [visit])).rejects.toMatchObject({code: 'draft_gone'})
})

test('the provisional check code changes with the answers', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const before = await previewDigest(store, visit)
  expect(await previewDigest(store, visit)).toBe(before)
  visit.change(({record}) => { record.opinion = 'Không' })
  expect(await previewDigest(store, visit)).not.toBe(before)
})

test('a closed door signs without answers; a deadline left behind by a changed answer is not signed', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  visit.change(({record}) => { record.answers['A01'] = {a: 'dat', note: '', files: [], due_on: '2026-12-01'} })
  await finalise(store, [visit])
  expect(((await signedRecord(store, visit.id)).body as Inspection).answers).toEqual({A01: {a: 'dat', note: '', files: []}})
  const closed = await startInspection(store, 'e2')
  closed.change(({record}) => { Object.assign(record, {outcome: 'closed_door', note: 'Khóa cửa'}) })
  await finalise(store, [closed])
  expect((await signedRecord(store, closed.id)).body).toMatchObject({checklist: null, answers: {}, figures: {}})
})

test('an amendment starts from the signed record and names it, and the commitment of the visit', async () => {
  const one = office()
  const my = await readyPhone(one)
  const visit = await startInspection(my.store, 'e1')
  const {id} = visit
  visit.change(({record}) => { record.note = 'cũ' })
  const commitment = await startCommitment(my.store, 'e1', id)
  await finalise(my.store, [visit, commitment])
  const amending = await amendInspection(my.store, id)
  expect(amending.value.record).toMatchObject({amends: id, note: 'cũ', signatures: []})
  await finalise(my.store, [amending])
  expect((await signedRecord(my.store, amending.id)).body).toMatchObject({commitment: commitment.id})
  const signed = (await signedRecords(my.store, 'e1')).filter(({kind}) => kind === 'inspection').map(({body}) => body as Inspection)
  const [first, second] = signed
  expect([first!.started_at, first!.ended_at]).toEqual([second!.started_at, second!.ended_at])     // of the same visit
  expect((await ownWork(my.store)).get('e1')?.visits).toHaveLength(1)
  expect(signed.map(({amends}) => amends).sort()).toEqual([id, null])
})

test('a corrected fact reaches the drafts of the same visit', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  await editEstablishment(store, 'e1', {employees: 9})
  expect(visit.value.record.facts.employees).toBe(9)
})

test('a refused patch is sent again without the field at fault, once', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.refuse = () => 'not_allowed'
  const op = await editEstablishment(my.store, 'e1', {phone: '1', note: 'b'})
  await my.exchange.sync()
  expect((await outbox(my.store))[0]).toMatchObject({state: 'quarantined', why: 'not_allowed', fields: ['address']})
  expect(await outboxCounts(my.store)).toMatchObject({quarantined: 1})
  one.refuse = () => null
  await Promise.all([resendWithout(my.store, op!, ['note']), resendWithout(my.store, op!, ['note'])])
  expect(await outboxCounts(my.store)).toMatchObject({quarantined: 0, waiting: 1})
  await my.exchange.sync()
  expect(one.held.merged['e1']!.body).toMatchObject({phone: '1', note: ''})
})

test('an establishment found in the field is shown and inspected at once, and arrives before its inspection', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await addEstablishment(my.store, {name: 'Cà phê Bản Nháp', type: 'cafe', address: 'Số 2', phone: ''})
  expect(await establishment(my.store, id)).toMatchObject({name: 'Cà phê Bản Nháp', review_state: 'identified', code: ''})
  await editEstablishment(my.store, id, {name: 'Cà phê Bản Nháp 2'})
  await sign(my, id)
  expect((await outbox(my.store)).map(entry => entry.establishment_name)).toEqual(Array(3).fill('Cà phê Bản Nháp 2'))
  await my.exchange.sync()
  expect(one.calls.flatMap(call => call.ops).map(op => op['kind'])).toEqual(['establishment', 'establishment', 'inspection'])
  expect(await establishment(my.store, id)).toMatchObject({name: 'Cà phê Bản Nháp 2', code: 'CS-NEW'})
})

test('old records go from the phone, but never one that the office has not got', async () => {
  const one = office()
  const my = await readyPhone(one)
  const old = await sign(my)
  await my.exchange.sync()
  one.backup()
  await my.exchange.sync()
  const waiting = await sign(my, 'e2')
  one.now += HISTORY_KEEPS_MS + 1
  await sweepAged(my.store)
  await expect(signedRecord(my.store, old)).rejects.toMatchObject({code: 'not_here'})
  expect((await signedRecord(my.store, waiting)).id).toBe(waiting)
})

test('a phone whose clock is years ahead keeps what is young by the clock of the office', async () => {
  const one = office()
  const my = await readyPhone(one, {clock: () => one.now + 2 * HISTORY_KEEPS_MS})
  const id = await sign(my)
  await my.exchange.sync()
  one.backup()
  await my.exchange.sync()
  await sweepAged(my.store)
  expect((await signedRecord(my.store, id)).id).toBe(id)
})

test('what a photo showed goes a year after its record, and at once when nothing names it', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const file = await addSignature(store, visit, PNG, {who: 'inspector', name: 'Bình'})
  const sealed = await seal(await PNG.arrayBuffer())
  for (const sha256 of [file, '0'.repeat(64)]) await store.run(db => db.put('thumbs', {sha256, sealed}))
  await sweepAged(store)
  expect([(await readThumb(store, file))?.size, await readThumb(store, '0'.repeat(64))]).toEqual([PNG.size, null])
  await finalise(store, [visit])
  await sweepAged(store)
  expect(await readThumb(store, file)).not.toBeNull()
  one.now += THUMBS_KEEP_MS + 1
  await sweepAged(store)
  expect(await readThumb(store, file)).toBeNull()
  expect(await readFile(store, file)).not.toBeNull()
})

test('a picture can be read back', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const visit = await startInspection(store, 'e1')
  const digest = await addSignature(store, visit, PNG, {who: 'inspector', name: 'Bình'})
  const kept = await readFile(store, digest)
  expect([kept!.type, await kept!.arrayBuffer()]).toEqual(['image/png', await PNG.arrayBuffer()])
  expect(await readFile(store, '0'.repeat(64))).toBeNull()
})
