// What became of this person's work at the office reaches the screens without anything being sent again.

import {expect, test} from 'vitest'
import {amendInspection} from '../../fieldapp/client/store/drafts'
import {editEstablishment} from '../../fieldapp/client/store/edits'
import {finalise} from '../../fieldapp/client/store/finalise'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {establishment, signedRecord, signedRecords} from '../../fieldapp/client/store/replica'
import type {Inspection} from '../../fieldapp/client/store/shapes'
import {decisions, lostValues, returned} from '../../fieldapp/client/store/verdicts'
import {office, phone, readyPhone, sign} from './cast'

const REVIEW = {number: 'BB-2026-0001', state: 'received', remark: '', decided_at: null, amended_by: null, day: null}
const BACK = {review: {...REVIEW, state: 'returned', remark: 'Thiếu ảnh', decided_at: '2026-11-21T03:00:00.000Z'}}

test('a returned record comes back to its author, to be amended, until the amendment is signed', async () => {
  const one = office()
  const bình = await readyPhone(one)
  const id = await sign(bình)
  await bình.exchange.sync()
  expect(await returned(bình.store)).toEqual([])
  const {raw} = one.held.signed[id]!
  one.say(id, BACK)
  await bình.exchange.sync()
  expect(await returned(bình.store)).toMatchObject([{id, establishment: 'e1', review: {remark: 'Thiếu ảnh'}}])
  expect(await returned(bình.store, 'e2')).toEqual([])
  expect((await signedRecord(bình.store, id)).told.review).toMatchObject({state: 'returned'})
  const draft = await amendInspection(bình.store, id)
  expect(draft.value.record).toMatchObject({amends: id, establishment: 'e1'})
  draft.change(({record}) => { record.amend_reason = 'Bổ sung ảnh' })
  await finalise(bình.store, [draft])
  expect(await returned(bình.store)).toEqual([])
  expect(one.held.signed[id]!.raw).toBe(raw)
})

test('the same person on another phone is told, a colleague is not', async () => {
  const one = office()
  const bình = await readyPhone(one)
  const id = await sign(bình)
  await bình.exchange.sync()
  one.say(id, BACK)
  const chi = await readyPhone(one)
  expect((await signedRecord(chi.store, id)).mine).toBe(false)
  expect(await returned(chi.store)).toEqual([])
  const second = await phone(one, {}, bình.who)
  await second.exchange.sync()
  expect((await signedRecord(second.store, id))).toMatchObject({mine: true})
  expect(await returned(second.store)).toHaveLength(1)
})

test('accepted after all, it is off the list', async () => {
  const one = office()
  const bình = await readyPhone(one)
  const id = await sign(bình)
  await bình.exchange.sync()
  one.say(id, BACK)
  await bình.exchange.sync()
  one.say(id, {review: {...REVIEW, state: 'accepted'}})
  await bình.exchange.sync()
  expect(await returned(bình.store)).toEqual([])
  expect((await signedRecord(bình.store, id)).told.review?.state).toBe('accepted')
})

test('a record that the office mended is read as it counts, its signed bytes stay', async () => {
  const one = office()
  one.refuse = kind => kind === 'inspection' ? 'invalid_body' : null
  const bình = await readyPhone(one)
  const id = await sign(bình, 'e1', 'ghi chú')
  await bình.exchange.sync()
  const [entry] = await outbox(bình.store)
  expect(entry).toMatchObject({state: 'quarantined', decision: null})
  const {raw} = one.held.inbox[entry!.op]!
  one.refuse = () => null
  one.held.signed[id] = {kind: 'inspection', op: entry!.op, ver: 1, sha256: (await signedRecord(bình.store, id)).sha256, files: [], raw}
  one.say(id, {review: REVIEW, repair: {fields: {establishment: 'e2'}, dropped: ['note'], reason: 'Nhầm cơ sở', at: ''}})
  one.decide(entry!.op, 'applied', {mended: true, reason: 'Nhầm cơ sở'})
  await bình.exchange.sync()
  const record = await signedRecord(bình.store, id)
  expect(record.body.establishment).toBe('e2')
  expect((record.body as Inspection).note).toBe('')
  expect(record.own).toBe(true)
  expect((await signedRecords(bình.store, 'e2')).map(found => found.id)).toEqual([id])
  expect(await signedRecords(bình.store, 'e1')).toEqual([])
  const [after] = await outbox(bình.store)
  expect(after).toMatchObject({state: 'acknowledged', decision: {mended: true, reason: 'Nhầm cơ sở'}})
  // the office loses it all: what is offered again is what was signed
  one.backups.push({held: structuredClone({...one.held, log: [], changes: [], signed: {}, receipts: {}, inbox: {}, merged: {}}), safe: 0})
  one.restore()
  await bình.exchange.sync()
  expect(one.held.signed[id]!.raw).toBe(raw)
})

test('a refused change that the office does not take says why, and waits for nobody', async () => {
  const one = office()
  one.refuse = kind => kind === 'establishment' ? 'not_allowed' : null
  const {store, exchange} = await readyPhone(one)
  await editEstablishment(store, 'e1', {rooms: 9})
  await exchange.sync()
  expect(await outboxCounts(store)).toMatchObject({quarantined: 1})
  const op = (await outbox(store))[0]!.op
  one.decide(op, 'dismissed', {reason: 'Số trong sổ đúng'})
  await exchange.sync()
  expect(await outboxCounts(store)).toMatchObject({quarantined: 0})
  expect((await outbox(store))[0]).toMatchObject({state: 'quarantined', decision: {decision: 'dismissed', reason: 'Số trong sổ đúng', by: 'An'}})
  expect((await establishment(store, 'e1')).rooms).toBe(6)
  expect((await decisions(store)).size).toBe(1)
  one.backup()
  await exchange.sync()
  expect(await outbox(store)).toEqual([])            // in a verified backup: nothing more to keep
})

test('a value that was not kept is told, with what the office chose', async () => {
  const one = office()
  const {store, exchange} = await readyPhone(one)
  const lost = {id: 'op/rooms', op: 'op', kind: 'establishment', record: 'e1', field: 'rooms', value: 5, at: '', by: 'Chi', decision: null, decided_at: null}
  one.enter('conflict', lost)
  await exchange.sync()
  expect(await lostValues(store, 'e1')).toMatchObject([{field: 'rooms', value: 5, decision: null}])
  expect(await lostValues(store, 'e2')).toEqual([])
  one.enter('conflict', {...lost, decision: 'typed'})
  await exchange.sync()
  expect(await lostValues(store)).toMatchObject([{decision: 'typed'}])
})
