import {expect, test} from 'vitest'
import {signIn} from '../../fieldapp/client/exchange/enrol'
import {startInspection} from '../../fieldapp/client/store/drafts'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {currentPerson, knownPeople, noteRevoked, session, signOut, waitingOfOthers, wipe} from '../../fieldapp/client/store/people'
import {openStore} from '../../fieldapp/client/store/open'
import {office, person, phone, readyPhone, sign, UNIT} from './cast'
import {ENROLLED, portal, told} from './office'

test('two people share a phone, each with an outbox of their own', async () => {
  const one = office()
  const binh = await readyPhone(one)
  await sign(binh)
  await startInspection(binh.store, 'e2')
  await signOut(binh.store)
  expect(await currentPerson()).toBeNull()
  const chi = await readyPhone(one)
  expect(await currentPerson()).toEqual(chi.who)
  expect(await outbox(chi.store)).toEqual([])
  expect(await waitingOfOthers(chi.store)).toContainEqual({name: binh.who.name, username: binh.who.username, ops: 1, drafts: 1})
  expect(await outboxCounts(await openStore(binh.who))).toMatchObject({waiting: 1})
})

test('signing in again finds the same outbox, under the same device', async () => {
  const one = office()
  const who = person('an')
  Object.assign(ENROLLED, {user: who, unit: UNIT})
  expect(await signIn({username: 'an', password: 'x'}, one.fetch)).toEqual({ok: true, person: who})
  const store = await openStore(who, {clock: () => one.now})
  const {device} = (await session(who.id))!
  await signOut(store)
  expect((await knownPeople()).find(known => known.id === who.id)).toMatchObject({signed_in: false, device})
  await signIn({username: 'an', password: 'x'}, one.fetch)
  expect(await session(who.id)).toEqual({device, token: 'token', revoked: false})
})

test.each([
  ['a wrong password', () => told(401, 'sign_in_failed'), 'sign_in_failed', null],
  ['too many tries', () => told(429, 'too_many_attempts', {'Retry-After': '30'}), 'too_many_attempts', 30],
  ['a captive portal', portal, 'not_our_server', null],
] as const)('%s: the sign-in says why', async (_, answer, code, retry_after_s) => {
  const one = office()
  one.fault = () => ({before: answer})
  expect(await signIn({username: 'x', password: 'x'}, one.fetch)).toEqual({ok: false, code, retry_after_s})
})

test('a revoked device hands in what it holds, then empties itself', async () => {
  const one = office()
  const my = await phone(one)
  await my.exchange.sync()
  await sign(my)
  one.tokens.set('token', {revoked: true})
  one.fault = path => path === 'push' ? {before: () => new Response('', {status: 502})} : null
  await my.exchange.sync()
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 1})
  one.fault = path => path === 'push' ? {before: () => told(413, 'push_too_large')} : null
  expect(await my.exchange.sync()).toMatchObject({phase: 'error', code: 'device_revoked'})
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 1})
  one.fault = () => null
  expect(await my.exchange.sync()).toMatchObject({phase: 'sign_in', code: 'device_revoked'})
  expect(Object.values(one.held.inbox)).toMatchObject([{why: 'device_revoked'}])
  expect(await session(my.who.id)).toBeNull()
  expect((await indexedDB.databases()).map(db => db.name)).not.toContain(`fieldapp-${my.who.id}`)
})

test('a revoked device asks once more before it empties itself: the office may have lost what it had acknowledged', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  const id = await sign(my)
  const draft = await startInspection(my.store, 'e2')
  draft.change(({record}) => { record.note = 'dở dang' })
  await draft.flush()
  await my.exchange.sync()
  one.restore()
  one.tokens.set('token', {revoked: true})
  await noteRevoked(my.who.id, 'token')
  await my.exchange.sync()
  const kept = Object.values(one.held.inbox).map(({raw}) => JSON.parse(raw) as {id: string; draft?: unknown})
  expect(kept.filter(body => body.id === id)).toHaveLength(1)
  expect(kept.filter(body => body.draft).map(body => body.id)).toContain(draft.id)
  expect(await session(my.who.id)).toBeNull()
})

test('what was signed while a revoked device was about to empty itself keeps it from that', async () => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  expect(await wipe(my.store)).toBe(false)
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 1})
})
