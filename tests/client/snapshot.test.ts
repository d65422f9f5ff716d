import {expect, test} from 'vitest'
import {searchText, unpack} from '../../fieldapp/client/store/listed'
import {openStore} from '../../fieldapp/client/store/open'
import {addEstablishment, editEstablishment} from '../../fieldapp/client/store/edits'
import {establishment, establishments, prepareSearch} from '../../fieldapp/client/store/replica'
import {FEW, keepSnapshot, MANY} from '../../fieldapp/client/store/snapshot'
import {AREA, establishment as made, office, readyPhone, type Phone} from './cast'
import {chance, type Chance} from './chance'
import type {Office} from './office'
import type {Establishment} from '../../fieldapp/client/store/shapes'

/** What the app lists that is opened anew, searched for and all, and whether it read it from one row. */
async function openedAnew({who}: Phone, one: Office) {
  const store = await openStore(who, {clock: () => one.now})
  try {
    await prepareSearch(store)
    const shown = await establishments(store)
    shown.forEach(searchText)
    return {shown, fromOneRow: await madeOf(store) !== null}
  } finally {
    store.close()
  }
}

async function changedOf(store: Phone['store']) {
  return await store.run(db => db.get('snapshots', 'changed')) as {made: string | null; ids: string[]} | undefined
}

const madeOf = async (store: Phone['store']) => (await changedOf(store))?.made ?? null

/** The same of its rows alone. */
async function fromItsRows(my: Phone, one: Office) {
  const rows = await my.store.run(db => db.getAll('snapshots'))
  await my.store.write(['snapshots'], tx => tx.objectStore('snapshots').clear())
  const {shown} = await openedAnew(my, one)
  await my.store.write(['snapshots'], tx => Promise.all(rows.map(row => tx.objectStore('snapshots').put(row))))
  return shown
}

const names = (shown: readonly {id: string; name: string}[]) => shown.map(({id, name}) => [id, name])

test('a list kept in one row is as good as its rows, whatever has changed since', async () => {
  const one = office()
  const my = await readyPhone(one)
  expect((await openedAnew(my, one)).fromOneRow).toBe(false)
  await keepSnapshot(my.store)
  one.enter('establishment', made('e1', {name: 'đổi tên'}), made('e3', {name: 'mới'}))
  one.remove('establishment', 'e2', 'leave')
  await my.exchange.sync()
  const {shown, fromOneRow} = await openedAnew(my, one)
  expect([names(shown), fromOneRow]).toEqual([[['e1', 'đổi tên'], ['e3', 'mới']], true])
})

test('when much has changed it is made anew, and with very much it is given up until then', async () => {
  const one = office()
  const my = await readyPhone(one)
  await keepSnapshot(my.store)
  one.enter('establishment', ...Array.from({length: FEW + 1}, (_, n) => made(`n${n}`)))
  await my.exchange.sync()
  expect((await changedOf(my.store))!.ids).toHaveLength(FEW + 1)
  await keepSnapshot(my.store)
  expect((await changedOf(my.store))!.ids).toEqual([])
  for (let from = 0; from <= MANY; from += FEW) one.enter('establishment', ...Array.from({length: FEW}, (_, n) => made(`n${from + n}`)))
  await my.exchange.sync()
  const {shown, fromOneRow} = await openedAnew(my, one)
  expect([shown.length, fromOneRow]).toEqual([MANY + FEW + 2, false])
})

test('what changes while it is made is not lost', async () => {
  const one = office()
  const my = await readyPhone(one)
  const making = keepSnapshot(my.store)
  one.enter('establishment', made('e1', {name: 'giữa chừng'}))
  await Promise.all([making, my.exchange.sync()])
  expect((await openedAnew(my, one)).shown[0]!.name).toBe('giữa chừng')
})

test('a list of an earlier app is not read', async () => {
  const one = office()
  const my = await readyPhone(one)
  await my.store.write(['snapshots'], async tx => {
    await tx.objectStore('snapshots').put({name: 'list', sealed: '[]'} as never)
    await tx.objectStore('snapshots').put({name: 'changed', ids: [], version: 3} as never)
  })
  expect((await openedAnew(my, one)).shown).toHaveLength(2)
  await keepSnapshot(my.store)
  expect((await openedAnew(my, one)).fromOneRow).toBe(true)
})

test('after a restore of the office the list follows', async () => {
  const one = office()
  one.backup()
  one.enter('establishment', made('e3'))
  const my = await readyPhone(one)
  await keepSnapshot(my.store)
  one.restore()
  await my.exchange.sync()
  expect((await openedAnew(my, one)).shown.map(({id}) => id)).toEqual(['e1', 'e2'])
})

function anyone(random: Chance, id: string): Establishment {
  const days = ['2025-12-31', '2026-01-01', '2026-11-20']
  const visits = Array.from({length: random.below(4)}, () => ({
    visited_on: random.pick(days), bodies: random.pick([['team_178'], ['police', 'health'], []]), kind: 'planned', mode: 'on_site',
    outcome: random.pick(['conducted', 'refused']), document_no: String(random()), counted: random() < 0.7}))
  const findings = Array.from({length: random.below(3)}, (_, n) => ({
    id: `${id}-${n}`, item: 'A01', text: 'Hồ sơ', note: '', due_on: random.pick(days), follow_up: 'dossier', urgent: false}))
  return made(id, {
    name: random.pick(['Nhà nghỉ Đường Thử', 'Cà phê', 'dòng\nthứ hai']), code: random.pick(['', id.toUpperCase()]),
    area: random.pick([AREA.id, null]), entity: random.pick(['en1', null]), managed_until: random.pick([null, '2026-06-30']),
    latitude: random.pick([null, 20.5]), summary: {visits, findings, commitment: null}})
}

test.each([1, 2, 3, 4, 5, 6])('C3: chance changes it, the list in one row is what its rows are (%i)', async seed => {
  const random = chance(seed)
  const one = office()
  one.backup()
  const my = await readyPhone(one)
  for (let step = 0; step < 40; step++) {
    const id = `e${random.below(8)}`
    const lot = random()
    if (lot < 0.3) one.enter('establishment', anyone(random, id))
    else if (lot < 0.35) one.remove('establishment', id, random.pick(['leave', 'tombstone']))
    else if (lot < 0.4) await addEstablishment(my.store, {name: `Quán mới ${random()}`, type: 'cafe'})
    else if (lot < 0.5) await editEstablishment(my.store, random.pick(await establishments(my.store)).id, {phone: String(random())}).catch(() => null)
    else if (lot < 0.55) one.backup()
    else if (lot < 0.58) one.restore()
    else if (lot < 0.7) await Promise.all([keepSnapshot(my.store), my.exchange.sync()])
    else if (lot < 0.8) await keepSnapshot(my.store)
    else await my.exchange.sync()
    if (step % 5 > 0) continue
    const {shown} = await openedAnew(my, one)
    expect(shown).toEqual(await fromItsRows(my, one))
    expect(await establishments(my.store)).toMatchObject(shown.map(({text: _, ...facts}) => facts))
    for (const {id: each, name} of shown) expect((await establishment(my.store, each)).name).toBe(name)
  }
})

test('what was packed is unpacked as it was', async () => {
  const one = office()
  const my = await readyPhone(one)
  const random = chance(7)
  one.enter('establishment', ...Array.from({length: 50}, (_, n) => anyone(random, `n${n}`)))
  await my.exchange.sync()
  await keepSnapshot(my.store)
  const row = await my.store.run(db => db.get('snapshots', 'list')) as {sealed: string}
  const shown = await fromItsRows(my, one)
  expect(unpack(JSON.parse(row.sealed))).toEqual(shown.map(each => ({...each, text: null})))
})
