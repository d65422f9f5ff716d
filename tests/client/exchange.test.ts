import {expect, test} from 'vitest'
import type {Fetch} from '../../fieldapp/client/exchange/api'
import {ROWS} from '../../fieldapp/client/exchange/pages'
import {signIn} from '../../fieldapp/client/exchange/enrol'
import {openExchange} from '../../fieldapp/client/exchange/exchange'
import {ASK_AGAIN_MS} from '../../fieldapp/client/exchange/push'
import type {Point} from '../../fieldapp/client/store/db'
import {addEstablishment, editEstablishment} from '../../fieldapp/client/store/edits'
import {openStore} from '../../fieldapp/client/store/open'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {areas, establishment, establishments, signedRecord, stampsOf, standpoint} from '../../fieldapp/client/store/replica'
import {establishment as made, office, person, phone, quiet, readyPhone, sign, UNIT} from './cast'
import {ENROLLED, lost, portal, told} from './office'

test('the first pull makes the phone usable', async () => {
  const one = office()
  const {store, exchange} = await phone(one)
  expect(await establishments(store)).toEqual([])
  expect((await exchange.sync()).phase).toBe('idle')
  expect((await establishments(store)).map(e => e.code)).toEqual(['E1', 'E2'])
  expect(await standpoint(store)).toMatchObject({whole: true, mark: one.head(), essentials: one.head(), history: one.head()})
})

test('what was signed arrives, byte for byte', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await sign(my, 'e1', 'ghi chú có dấu "ngoặc"\nvà xuống dòng')
  await my.exchange.sync()
  const raw = one.held.signed[id]!.raw
  expect(raw).toBe(JSON.stringify((await signedRecord(my.store, id)).body))
  expect((await outbox(my.store))[0]).toMatchObject({state: 'acknowledged', establishment_name: 'Karaoke Sao Thử e1'})
})

test('a lost answer: the op is sent again and counts once', async () => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  one.fault = path => path === 'push' ? {after: lost} : null
  expect(await my.exchange.sync()).toMatchObject({phase: 'offline', code: 'unreachable'})
  expect((await outbox(my.store))[0]).toMatchObject({state: 'pending', error: 'unreachable'})
  const head = one.head()
  one.fault = () => null
  await my.exchange.sync()
  expect((await outbox(my.store))[0]).toMatchObject({state: 'acknowledged', error: null})
  expect(one.head()).toEqual(head)
  expect(Object.keys(one.held.signed)).toHaveLength(1)
})

const otherReceipts = () => Response.json({
  kind: 'push', mark: [9, 'x'], safe: 9, now: '2026-01-01T00:00:00Z', receipts: [{op: 'other', status: 'applied', seq: 9, conflicts: [], eff: {}}]})

test.each([
  ['a captive portal', portal, 'offline', 'not_our_server'],
  ['JSON of another kind', () => Response.json({kind: 'pull'}), 'error', 'bad_answer'],
  ['receipts for other ops', () => Response.json({kind: 'push', mark: [9, 'x'], safe: 9, now: '2026-01-01T00:00:00Z', receipts: []}), 'error', 'bad_answer'],
  ['a gateway', () => new Response('Bad gateway', {status: 502}), 'offline', 'not_our_server'],
  ['receipts for another op', otherReceipts, 'error', 'bad_answer'],
  ['a refusal of somebody else', () => told(401, 'proxy_login'), 'error', 'proxy_login'],
  ['a full server', () => told(507, 'storage_full'), 'error', 'storage_full'],
  ['a gateway that wants a login', () => new Response('', {status: 401}), 'offline', 'not_our_server'],
] as const)('%s changes nothing', async (_, answer, phase, code) => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  const before = await standpoint(my.store)
  one.fault = path => path === 'push' ? {before: answer} : null
  expect(await my.exchange.sync()).toMatchObject({phase, code})
  expect((await outbox(my.store))[0]).toMatchObject({state: 'pending', error: code})
  expect(await standpoint(my.store)).toEqual(before)
})

test('a page that names a record and tells nothing of it changes nothing', async () => {
  const one = office()
  const my = await readyPhone(one)
  const before = await standpoint(my.store)
  const page = {kind: 'pull', cursor: [9, 'x'], mark: [9, 'x'], more: false, safe: 9, now: '2026-01-01T00:00:00Z'}
  one.fault = path => path === 'pull'
    ? {before: () => Response.json({...page, changes: [{type: 'put', kind: 'establishment', id: 'e1', seq: 9}]})} : null
  expect(await my.exchange.sync()).toMatchObject({phase: 'error', code: 'bad_answer'})
  expect(await standpoint(my.store)).toEqual(before)
})

test('only a marked 401 asks for a new sign-in, and the outbox stays', async () => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  one.tokens.clear()
  expect(await my.exchange.sync()).toMatchObject({phase: 'sign_in', code: 'sign_in'})
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 1})
  expect(await my.exchange.sync()).toMatchObject({phase: 'sign_in'})
})

test('a bad op is quarantined with its reason, and its neighbours pass', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.refuse = (_, body) => body['note'] === 'bad' ? 'invalid_body' : null
  await sign(my, 'e1', 'good')
  await sign(my, 'e1', 'bad')
  await sign(my, 'e2', 'good')
  await my.exchange.sync()
  expect((await outbox(my.store)).map(entry => [entry.state, entry.why])).toEqual([
    ['acknowledged', null], ['quarantined', 'invalid_body'], ['acknowledged', null]])
  one.backup()
  await my.exchange.sync()
  expect(await outbox(my.store)).toMatchObject([{state: 'quarantined'}])     // safe, but nobody has decided
})

test('a quarantined op is asked for again, and goes once the office has decided and a backup holds it', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.refuse = () => 'invalid_body'
  await sign(my)
  await my.exchange.sync()
  const [op] = Object.keys(one.held.inbox)
  one.held.inbox[op!]!.decision = 'dismissed'
  one.backup()
  one.now += ASK_AGAIN_MS + 1
  await my.exchange.sync()
  expect(await outbox(my.store)).toEqual([])
})

test('an op leaves the outbox only when a verified backup holds it', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await sign(my)
  one.backup()                                        // too early: the op is not in it
  await my.exchange.sync()
  one.now += 400 * 86_400_000                         // never by age
  await my.exchange.sync()
  expect(await outbox(my.store)).toMatchObject([{state: 'acknowledged'}])
  one.backup()
  await my.exchange.sync()
  expect(await outbox(my.store)).toEqual([])
  expect((await signedRecord(my.store, id)).id).toBe(id)
})

test('a batch that is too large is halved until it passes', async () => {
  const one = office()
  const my = await readyPhone(one)
  for (let n = 0; n < 7; n++) await sign(my, 'e1', String(n))
  one.maxOps = 2
  await my.exchange.sync()
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 0})
  expect(Object.keys(one.held.signed)).toHaveLength(7)
})

test('one op that never passes does not hold up the others', async () => {
  const one = office()
  const my = await readyPhone(one)
  for (const note of ['1', 'stuck', '3']) await sign(my, 'e1', note)
  const stuck = (await outbox(my.store))[1]!.op
  const gateway: Fetch = async (path, init) => {
    const sent = new Response(init.body as BodyInit).body!.pipeThrough(new DecompressionStream('gzip'))
    return (await new Response(sent).text().catch(() => '')).includes(stuck) ? new Response('', {status: 413}) : one.fetch(path, init)
  }
  await openExchange(my.store, {...quiet(one), fetch: gateway}).sync()
  expect((await outbox(my.store)).map(entry => entry.state)).toEqual(['acknowledged', 'pending', 'acknowledged'])
})

test('an edit is shown at once, is based on what was seen, and survives until it was pulled', async () => {
  const one = office()
  const my = await readyPhone(one)
  const first = await editEstablishment(my.store, 'e1', {phone: '0900000002', rooms: 6})
  expect((await establishment(my.store, 'e1')).phone).toBe('0900000002')
  const second = await editEstablishment(my.store, 'e1', {phone: '0900000003'})
  expect((await outbox(my.store))[1]!.edited).toEqual(['phone'])
  one.fault = path => path === 'pull' ? {before: lost} : null
  await my.exchange.sync()
  expect((await establishment(my.store, 'e1')).phone).toBe('0900000003')    // acknowledged, not yet pulled
  one.fault = () => null
  await my.exchange.sync()
  expect((await establishment(my.store, 'e1')).phone).toBe('0900000003')
  const sent = one.calls.flatMap(call => call.ops)
  expect(sent.map(op => op['op'])).toEqual([first, second])
  expect(one.held.merged['e1']!.stamps['phone']![2]).toBe(second)
  expect(one.held.conflicts).toEqual([])
  expect(await editEstablishment(my.store, 'e1', {phone: '0900000003'})).toBeNull()
})

test('of two edits at once the later one wins, and the other is told, not shown', async () => {
  const one = office()
  const [binh, chi] = [await readyPhone(one), await readyPhone(one)]
  await editEstablishment(binh.store, 'e1', {phone: 'Bình'})
  one.now += 1_000
  await editEstablishment(chi.store, 'e1', {phone: 'Chi'})
  await chi.exchange.sync()
  one.fault = path => path === 'pull' ? {before: lost} : null
  await binh.exchange.sync()
  expect((await outbox(binh.store))[0]).toMatchObject({state: 'acknowledged', conflicts: ['phone']})
  expect((await establishment(binh.store, 'e1')).phone).toBe('0900000001')
  one.fault = () => null
  await binh.exchange.sync()
  expect((await establishment(binh.store, 'e1')).phone).toBe('Chi')
})

test('an edit that a backup holds already is shown until it was pulled', async () => {
  const one = office()
  const my = await readyPhone(one)
  await editEstablishment(my.store, 'e1', {phone: '2'})
  one.fault = path => path === 'push' ? {after: lost} : null
  await my.exchange.sync()
  one.backup()
  one.fault = path => path === 'pull' ? {before: lost} : null
  await my.exchange.sync()
  expect((await outbox(my.store))[0]).toMatchObject({state: 'acknowledged'})
  expect((await establishment(my.store, 'e1')).phone).toBe('2')
})

test('an edit is dated after what its author saw, even within one millisecond', async () => {
  const one = office()
  const my = await readyPhone(one)
  for (const phone of ['1', '2', '3']) await editEstablishment(my.store, 'e1', {phone})
  expect(Date.parse((await stampsOf(my.store, 'e1'))['phone']!.at) - one.now).toBe(2)
})

test('an edit made with a clock that is years behind still comes after what its author saw', async () => {
  const one = office()
  const ahead = await readyPhone(one)
  await editEstablishment(ahead.store, 'e1', {phone: '1'})
  await ahead.exchange.sync()
  const behind = await phone(one, {clock: () => one.now - 400 * 86_400_000})
  await behind.exchange.sync()
  await editEstablishment(behind.store, 'e1', {phone: '2'})
  await behind.exchange.sync()
  expect(one.held.merged['e1']!.body['phone']).toBe('2')
  expect(one.held.conflicts).toEqual([])
  expect(Date.parse(await behind.store.now())).toBe(one.now)
})

test('what the retention rules erased goes from the phone too', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await sign(my)
  one.erased.add(id)
  await my.exchange.sync()
  expect(await outbox(my.store)).toEqual([])
  await expect(signedRecord(my.store, id)).rejects.toMatchObject({code: 'not_here'})
  expect(await my.store.run(db => db.count('bodies'))).toBe(0)
})

test('bytes that a failing disk lost do not hold up the rest', async () => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my, 'e1')
  const kept = await sign(my, 'e2')
  const {sha256: digest} = await signedRecord(my.store, (await outbox(my.store))[1]!.record)
  await my.store.run(db => db.delete('bodies', digest))
  await my.exchange.sync()
  expect(Object.keys(one.held.signed)).toEqual([kept])
  expect((await outbox(my.store))[1]).toMatchObject({state: 'pending', error: 'body_lost'})
})

test('what was deleted or left the scope goes, what waits about it stays', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await sign(my, 'e1')
  await my.exchange.sync()
  one.remove('establishment', 'e2', 'tombstone')
  one.remove('inspection', id, 'leave', 'history')
  await my.exchange.sync()
  expect((await establishments(my.store)).map(e => e.id)).toEqual(['e1'])
  await expect(signedRecord(my.store, id)).rejects.toMatchObject({code: 'not_here'})
  expect(await outbox(my.store)).toHaveLength(1)
})

const {first, most} = ROWS.essentials
test.each([[true, 3 * first], [false, first + most]])('a long history comes in pages, each whole or not at all (next one announced: %s)', async (announced, held) => {
  const one = office()
  one.tellsNext = announced
  for (let n = 0; n < 1200; n++) one.enter('area', {id: `area ${n}`, name: `Thôn ${n}`, is_border_area: false})
  const my = await phone(one)
  let pages = 0
  one.fault = path => path === 'pull' && ++pages === 3 ? {after: lost} : null
  expect((await my.exchange.sync()).phase).toBe('offline')
  const {essentials, whole} = await standpoint(my.store)
  expect([whole, essentials![0]]).toEqual([false, held - 1])
  await my.exchange.sync()
  expect(await areas(my.store)).toHaveLength(1201)
  expect(one.calls.filter(call => call.path === 'pull' && call.body['stream'] === 'essentials')).toHaveLength(3 + 2)   // the one that was lost twice
})

test('the first pull begins with the sign-in: what came is stored, and asked for again where the phone stands elsewhere by then', async () => {
  const one = office()
  for (const [name, busy] of [['lan', false], ['mai', true]] as const) {
    const who = person(name)                     // nobody that this phone knows
    Object.assign(ENROLLED, {user: who, unit: UNIT})
    one.calls.length = 0
    await signIn({username: who.username, password: 'x'}, one.fetch, () => one.now)
    const asked = () => one.calls.filter(({path}) => path === 'pull').map(({body}) => body['stream'])
    expect(asked()).toEqual(['essentials'])
    const store = await openStore(who, {clock: () => one.now})
    if (busy) await addEstablishment(store, {name: 'Quán mới', type: 'cafe'})       // its receipt moves the mark
    await openExchange(store, quiet(one)).sync()
    expect(asked()).toEqual(busy ? ['essentials', 'essentials', 'history'] : ['essentials', 'history'])
    expect((await establishments(store)).map(e => e.name)).toHaveLength(busy ? 3 : 2)
    expect(await standpoint(store)).toMatchObject({whole: true, essentials: one.head(), history: one.head()})
  }
})

test('the history is asked for once the last of the essentials has come, while the first are still on their way', async () => {
  const one = office()
  for (let n = 0; n < 2 * first; n++) one.enter('area', {id: `area ${n}`, name: `Thôn ${n}`, is_border_area: false})
  const {store} = await phone(one)
  let ask = () => {}
  const asked = new Promise<void>(resolve => { ask = resolve })
  const slow: Fetch = async (path, init) => {
    const {stream, cursor} = JSON.parse(String(init.body)) as {stream: string; cursor: Point}
    if (stream === 'history') ask()
    const answer = await one.fetch(path, init)
    const held = stream === 'essentials' && cursor[0] === 0
    return held ? new Response(answer.body!.pipeThrough(new TransformStream({start: () => asked})), answer) : answer
  }
  expect((await openExchange(store, {...quiet(one), fetch: slow}).sync()).phase).toBe('idle')
  expect(one.calls.map(({body}) => body['stream'])).toEqual(['essentials', 'essentials', 'history'])
  expect(await areas(store)).toHaveLength(2 * first + 1)
})

test('of many pages the screens hear in few goes, and in the end of all', async () => {
  const one = office()
  for (let n = 0; n < 2400; n++) one.enter('establishment', made(`n${n}`))
  const my = await phone(one)
  const heard: number[] = []
  my.store.feed.subscribe(change => { if (change.what === 'replica' && change.kind === 'establishment') heard.push(change.ids.length) })
  await establishments(my.store)
  await my.exchange.sync()
  expect([heard.length, heard.reduce((sum, ids) => sum + ids)]).toEqual([3, 2402])
  const list = await establishments(my.store)
  expect(list.map(({id}) => id).sort()).toEqual((await my.store.run(db => db.getAllKeys('records', IDBKeyRange.bound(['establishment'], ['establishment', []])))).map(([, id]) => id))
})
