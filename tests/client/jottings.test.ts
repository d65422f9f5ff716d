import {expect, test, vi} from 'vitest'
import {recordActivity, ACTIVITY, type Jotting} from '../../fieldapp/client/store/activity'
import {jot, jotted} from '../../fieldapp/client/store/jottings'
import {openStore} from '../../fieldapp/client/store/open'
import {office, readyPhone} from './cast'

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
  const session: Jotting = {form: 'meeting', held_on: '2026-11-21', area: null, topic: 'PCCC', headcount: 30, reached: []}
  void jot(store, ACTIVITY, session)
  await recordActivity(store, session)
  expect(await jotted(store, ACTIVITY)).toBeNull()
})

test('a phone without room still lets people type', async () => {
  const {store} = await readyPhone(office())
  const full = {...store, write: () => Promise.reject(new Error('full'))}
  await jot(full, 'new', {name: 'Quán'})
  expect(await jotted(full, 'new')).toBeNull()
})
