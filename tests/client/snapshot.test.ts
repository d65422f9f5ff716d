import {expect, test} from 'vitest'
import {openStore} from '../../fieldapp/client/store/open'
import {establishments} from '../../fieldapp/client/store/replica'
import {FEW, keepSnapshot} from '../../fieldapp/client/store/snapshot'
import {establishment as made, office, readyPhone, type Phone} from './cast'
import type {Office} from './office'

/** What the app shows that is opened anew, and in how many rows it read it. */
async function openedAnew({who}: Phone, one: Office) {
  const store = await openStore(who, {clock: () => one.now})
  const shown = (await establishments(store)).map(({id, name}) => [id, name])
  const list = await store.run(db => db.get('snapshots', 'list'))
  store.close()
  return {shown, fromOneRow: list !== undefined}
}

test('a list kept in one row is as good as its rows, whatever has changed since', async () => {
  const one = office()
  const my = await readyPhone(one)
  expect((await openedAnew(my, one)).fromOneRow).toBe(false)
  await keepSnapshot(my.store)
  one.enter('establishment', made('e1', {name: 'đổi tên'}), made('e3', {name: 'mới'}))
  one.remove('establishment', 'e2', 'leave')
  await my.exchange.sync()
  expect(await openedAnew(my, one)).toEqual({shown: [['e1', 'đổi tên'], ['e3', 'mới']], fromOneRow: true})
})

test('when much has changed it is made anew', async () => {
  const one = office()
  const my = await readyPhone(one)
  await keepSnapshot(my.store)
  const changed = async () => (await my.store.run(db => db.get('snapshots', 'changed')) as {ids: string[]}).ids.length
  one.enter('establishment', ...Array.from({length: FEW + 1}, (_, n) => made(`n${n}`)))
  await my.exchange.sync()
  expect(await changed()).toBe(FEW + 1)
  await keepSnapshot(my.store)
  expect(await changed()).toBe(0)
  expect((await openedAnew(my, one)).shown).toHaveLength(FEW + 3)
})

test('what changes while it is made is not lost', async () => {
  const one = office()
  const my = await readyPhone(one)
  const making = keepSnapshot(my.store)
  one.enter('establishment', made('e1', {name: 'giữa chừng'}))
  await Promise.all([making, my.exchange.sync()])
  expect((await openedAnew(my, one)).shown[0]).toEqual(['e1', 'giữa chừng'])
})

test('after a restore of the office the list follows', async () => {
  const one = office()
  one.backup()
  one.enter('establishment', made('e3'))
  const my = await readyPhone(one)
  await keepSnapshot(my.store)
  one.restore()
  await my.exchange.sync()
  expect((await openedAnew(my, one)).shown.map(([id]) => id)).toEqual(['e1', 'e2'])
})
