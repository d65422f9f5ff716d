import {expect, test} from 'vitest'
import {remember} from '../../fieldapp/client/exchange/trail'
import type {Point} from '../../fieldapp/client/store/db'
import {editEstablishment, outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {establishment, establishments, standpoint} from '../../fieldapp/client/store/replica'
import {establishment as made, office, phone, readyPhone, sign} from './cast'
import {lost} from './office'
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
  expect(await standpoint(my.store)).toMatchObject({whole: false, epoch: 1, essentials: null})
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

test('a late answer from before a rewind changes nothing', async () => {
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  await sign(my)
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  const late = one.fetch
  const slow = {...await import('./cast').then(cast => cast.quiet(one)), fetch: async (path: string, init: RequestInit) => {
    const answer = await late(path, init)
    if (path === 'push' || path.endsWith('/push')) await held
    return answer
  }}
  const {openExchange} = await import('../../fieldapp/client/exchange/exchange')
  const slowTab = openExchange(my.store, slow).sync()
  await new Promise(resolve => setTimeout(resolve, 20))
  one.restore()
  await my.exchange.sync()                           // another tab rewinds and sends
  release()
  await slowTab
  expect(Object.keys(one.held.signed)).toHaveLength(1)
  expect(await outbox(my.store)).toMatchObject([{state: 'acknowledged'}])
  expect((await standpoint(my.store)).mark).toEqual(one.head())
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
