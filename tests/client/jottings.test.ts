import {expect, test, vi} from 'vitest'
import {recordActivity, ACTIVITY, type Jotting} from '../../fieldapp/client/store/activity'
import {addEstablishment, editEstablishment} from '../../fieldapp/client/store/edits'
import {jot, jotted} from '../../fieldapp/client/store/jottings'
import {openStore} from '../../fieldapp/client/store/open'
import {outbox} from '../../fieldapp/client/store/outbox'
import type {Store} from '../../fieldapp/client/store/store'
import {office, readyPhone} from './cast'
import {killedAfter} from './killing'

const SESSION: Jotting = {form: 'meeting', held_on: '2026-11-21', area: null, topic: 'PCCC', headcount: 30, reached: []}

test('what is typed outlives the app, letter by letter, and belongs to one person', async () => {
  const one = office()
  const [my, other] = [await readyPhone(one), await readyPhone(one)]
  const typed = {phone: ''}
  for (const phone of ['0', '09', '090']) {
    typed.phone = phone
    void jot(my.store, 'edit e1', typed)
  }
  typed.phone = 'only on the screen'
  my.store.close()
  const again = await openStore(my.who)
  await vi.waitFor(async () => expect(await jotted(again, 'edit e1')).toEqual({phone: '090'}))
  expect([await jotted(again, 'edit e2'), await jotted(other.store, 'edit e1')]).toEqual([null, null])
})

test('what is saved is typed no more, though its last letter is still being kept', async () => {
  const {store} = await readyPhone(office())
  void jot(store, ACTIVITY, SESSION)
  await recordActivity(store, SESSION)
  expect(await jotted(store, ACTIVITY)).toBeNull()
})

test.each([
  ['an establishment found', 'new', (store: Store) => addEstablishment(store, {name: 'Quán', type: 'cafe'}, 'new')],
  ['a correction', 'edit e1', (store: Store) => editEstablishment(store, 'e1', {phone: '090'}, 'edit e1')],
  ['a session', ACTIVITY, (store: Store) => recordActivity(store, SESSION)],
])('%s is saved or typed, whenever the app is killed, and never both', async (_, form, save) => {
  for (let writes = 0; writes < 5; writes++) {
    const my = await readyPhone(office())
    await jot(my.store, form, {name: 'Quán'})
    killedAfter(writes)
    await save(my.store).catch(() => undefined)
    vi.restoreAllMocks()
    my.store.close()
    const again = await openStore(my.who)
    const found = [(await outbox(again)).length, await jotted(again, form) ? 1 : 0]
    expect(found, `killed at write ${writes}`).toEqual(writes < 3 ? [0, 1] : [1, 0])
  }
})

test('a phone without room still lets people type', async () => {
  const {store} = await readyPhone(office())
  const full = {...store, write: () => Promise.reject(new Error('full'))}
  await jot(full, 'new', {name: 'Quán'})
  expect(await jotted(full, 'new')).toBeNull()
})
