import {expect, test} from 'vitest'
import type {Fetch} from '../../fieldapp/client/exchange/api'
import {openExchange} from '../../fieldapp/client/exchange/exchange'
import {ROWS} from '../../fieldapp/client/exchange/pages'
import {remember} from '../../fieldapp/client/exchange/trail'
import type {Point} from '../../fieldapp/client/store/db'
import {editEstablishment} from '../../fieldapp/client/store/edits'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {noteRevoked} from '../../fieldapp/client/store/people'
import {establishment, establishments, standpoint} from '../../fieldapp/client/store/replica'
import {openStore} from '../../fieldapp/client/store/open'
import {establishment as made, office, phone, quiet, readyPhone, sign, type Phone} from './cast'
import {lost, type Office} from './office'
import trails from '../vectors/trail.json'

test("yesterday's backup and the phones give back today", async () => {
  const one = office()
  const [binh, chi] = [await readyPhone(one), await readyPhone(one)]
  one.backup()
  const own = await sign(binh, 'e1')
  await editEstablishment(binh.store, 'e2', {phone: '0900000009'})
  await binh.exchange.sync()
  const others = await sign(chi, 'e2')
  await chi.exchange.sync()
  await binh.exchange.sync()
  one.restore()
  expect(one.held.signed).toEqual({})
  await binh.exchange.sync()
  expect(Object.keys(one.held.signed).sort()).toEqual([own, others].sort())
  expect(one.held.merged['e2']!.body['phone']).toBe('0900000009')
  expect(await outboxCounts(binh.store)).toMatchObject({waiting: 0, rechecking: 0})
  await chi.exchange.sync()
  expect((await establishment(chi.store, 'e2')).phone).toBe('0900000009')
  expect((await standpoint(chi.store)).mark).toEqual(one.head())
})

test('an op pruned under a newer backup is offered again when an older one was restored', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  const id = await sign(my)
  await my.exchange.sync()
  const older = one.backups.at(-1)!
  one.backup()
  await my.exchange.sync()
  expect(await outbox(my.store)).toEqual([])
  one.backups.push(older)
  one.restore()
  await my.exchange.sync()
  expect(Object.keys(one.held.signed)).toEqual([id])
})

test('the list stays readable between a rewind and the new pull, and what is no longer so goes with its end', async () => {
  const one = office()
  one.backup()
  one.enter('establishment', made('e3'))
  const my = await readyPhone(one)
  one.restore()
  one.enter('establishment', made('e4'))
  let pulls = 0
  one.fault = path => path === 'pull' && ++pulls > 1 ? {before: lost} : null
  await my.exchange.sync()
  const {safe, mark} = await standpoint(my.store)
  expect(await standpoint(my.store)).toMatchObject({whole: false, epoch: 1, essentials: null})
  expect(safe).toBeLessThanOrEqual(mark[0])
  expect((await establishments(my.store)).map(e => e.id)).toEqual(['e1', 'e2', 'e3'])
  one.fault = () => null
  await my.exchange.sync()
  expect((await establishments(my.store)).map(e => e.id)).toEqual(['e1', 'e2', 'e4'])
})

test('an edit offered again keeps the time that its first receipt gave', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  await editEstablishment(my.store, 'e1', {phone: '1'})
  await my.exchange.sync()
  const at = one.held.merged['e1']!.stamps['phone']![0]
  one.restore()
  one.now += 3_600_000
  await my.exchange.sync()
  expect(one.held.merged['e1']!.stamps['phone']![0]).toBe(at)
  expect(one.calls.filter(call => call.path === 'push').at(-1)!.ops[0]!['eff']).toEqual({phone: at})
})

test('a device that is ahead of an empty office goes back to the very beginning', async () => {
  const one = office()
  const my = await readyPhone(one)
  const id = await sign(my)
  await my.exchange.sync()
  const empty = office()
  one.held = empty.held
  await my.exchange.sync()
  expect(Object.keys(one.held.signed)).toEqual([id])
  expect((await standpoint(my.store)).mark).toEqual(one.head())
})

/** Another tab of the same person, whose calls of one path answer only when they are let through. */
async function slowTab(one: Office, {who}: Phone, path: string) {
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  const store = await openStore(who, {clock: () => one.now})
  const fetch: Fetch = async (input, init) => {
    const answer = await one.fetch(input, init)
    if (input.endsWith(path)) await held
    return answer
  }
  const synced = openExchange(store, {...quiet(one), fetch}).sync()
  await new Promise(resolve => setTimeout(resolve, 30))
  return async () => { release(); await synced }
}

test('a late answer from before a rewind changes nothing', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  await sign(my)
  const finish = await slowTab(one, my, 'push')
  one.restore()
  one.fault = path => path === 'pull' ? {before: lost} : null
  await my.exchange.sync()                           // this tab rewinds and sends
  await finish()
  const {mark, trail} = await standpoint(my.store)
  expect([...trail, mark].filter(([seq, tag]) => !one.held.log.some(point => point[0] === seq && point[1] === tag))).toEqual([])
  expect(await outbox(my.store)).toMatchObject([{state: 'acknowledged'}])
})

test('an answer that another tab overtook has told a revoked device nothing: it asks again before it empties itself', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  const id = await sign(my)
  await my.exchange.sync()
  one.enter('establishment', made('e1', {name: 'mới'}))
  const finishPage = await slowTab(one, my, 'pull')
  one.restore()
  one.tokens.set('token', {revoked: true})
  await noteRevoked(my.who.id, 'token')
  const finishAsking = await slowTab(one, my, 'push')   // told to go back
  one.fault = () => ({before: lost})
  await finishPage()                                    // moves the mark, so that the answer counts no more
  one.fault = () => null
  await finishAsking()
  expect(Object.values(one.held.inbox).map(({raw}) => (JSON.parse(raw) as {id: string}).id)).toEqual([id])
})

test('a late page does not turn the replica back', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.enter('establishment', made('e1', {name: 'cũ'}))
  const finish = await slowTab(one, my, 'pull')
  one.enter('establishment', made('e1', {name: 'mới'}))
  await my.exchange.sync()
  one.fault = () => ({before: lost})                 // the slow tab cannot mend it by pulling again
  await finish()
  expect((await establishment(my.store, 'e1')).name).toBe('mới')
  expect((await standpoint(my.store)).essentials).toEqual(one.head())
})

test('a page shows states as new as the head, so the head is what the phone has seen', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.enter('establishment', made('e1', {name: 'trong bản sao lưu'}))
  for (let n = 0; n < ROWS.essentials.first; n++) one.enter('area', {id: `area ${n}`, name: '', is_border_area: false})
  one.backup()
  one.enter('establishment', made('e1', {name: 'sau bản sao lưu'}))
  let pages = 0
  one.fault = path => path === 'pull' && ++pages > 1 ? {before: lost} : null
  await my.exchange.sync()
  expect((await establishment(my.store, 'e1')).name).toBe('sau bản sao lưu')
  one.restore()
  one.fault = () => null
  await my.exchange.sync()
  expect((await establishment(my.store, 'e1')).name).toBe('trong bản sao lưu')
})

test.each(trails)('a trail is thinned as the Python replica thins it: $name', ({seqs, kept}) => {
  const trail = seqs.reduce<Point[]>((points, seq) => remember(points, [seq, `t${seq}`]), [])
  expect(trail.map(([seq]) => seq)).toEqual(kept)
})

test('two phones that were never there at once agree after a restore', async () => {
  const one = office()
  const [binh, chi] = [await readyPhone(one), await phone(one)]
  one.backup()
  await sign(binh)
  await binh.exchange.sync()
  one.restore()
  await chi.exchange.sync()
  await binh.exchange.sync()
  await chi.exchange.sync()
  expect((await standpoint(chi.store)).mark).toEqual((await standpoint(binh.store)).mark)
})
