import {expect, test} from 'vitest'
import {drafts, dropDraft, openDraft, restoreDraft, startInspection, sweepDropped, UNDO_KEEPS_MS} from '../../fieldapp/client/store/drafts'
import {ORPHAN_KEEPS_MS, readFile, sweepOrphans} from '../../fieldapp/client/store/files'
import {addSignature, removeSignature} from '../../fieldapp/client/store/pictures'
import {openStore} from '../../fieldapp/client/store/open'
import {office, PNG, readyPhone} from './cast'

/** The same person's other tab. */
const otherTab = async ({who}: {who: Parameters<typeof openStore>[0]}, now: () => number) => openStore(who, {clock: now})

test('a change is there at once and on disk soon; the same draft is resumed', async () => {
  const one = office()
  const my = await readyPhone(one)
  const draft = await startInspection(my.store, 'e1')
  const told: string[] = []
  draft.subscribe(() => told.push(draft.saving.state))
  const before = draft.value
  draft.change(changing => { changing.record.note = 'một'; changing.place = {screen: 'items', section: 'C', item: 'C03'} })
  expect(draft.value).not.toBe(before)
  expect(draft.value.record.note).toBe('một')
  expect(draft.saving).toEqual({state: 'saving'})
  await draft.flush()
  expect(draft.saving).toEqual({state: 'saved'})
  expect(told).toEqual(['saving'])                             // once: that it is on the disk changes nothing that is shown
  const tab = await otherTab(my, () => one.now)
  const again = await startInspection(tab, 'e1')
  expect(again.id).toBe(draft.id)
  expect(again.value).toMatchObject({record: {note: 'một'}, place: {section: 'C', item: 'C03'}})
})

test('a screen that leaves does not take away the ear of the one that has come', async () => {
  const draft = await startInspection((await readyPhone(office())).store, 'e1')
  let heard = 0
  const draw = () => { heard++ }
  const leaves = draft.subscribe(draw)
  draft.subscribe(draw)
  leaves()
  draft.change(({record}) => { record.note = 'một' })
  expect(heard).toBe(1)
  await draft.flush()
})

test('many quick taps are few writes, and none is lost', async () => {
  const one = office()
  const my = await readyPhone(one)
  const draft = await startInspection(my.store, 'e1')
  for (let n = 0; n < 200; n++) draft.change(({record}) => { record.figures[`N${n}`] = n })
  await draft.flush()
  const {rev} = (await my.store.run(db => db.get('drafts', draft.id)))!
  expect(rev).toBeLessThan(10)
  const again = await openDraft(await otherTab(my, () => one.now), draft.id)
  expect(Object.keys((again.value as typeof draft.value).record.figures)).toHaveLength(200)
})

test("two tabs on one draft keep each other's taps", async () => {
  const one = office()
  const my = await readyPhone(one)
  const here = await startInspection(my.store, 'e1')
  const there = await startInspection(await otherTab(my, () => one.now), 'e1')
  here.change(({record}) => { record.answers['A01'] = {a: 'dat', note: '', files: []} })
  there.change(({record}) => { record.answers['C03'] = {a: 'khong_dat', note: 'x', files: []} })
  await Promise.all([here.flush(), there.flush()])
  const row = await openDraft(await otherTab(my, () => one.now), here.id)
  expect(Object.keys((row.value as typeof here.value).record.answers).sort()).toEqual(['A01', 'C03'])
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(Object.keys(here.value.record.answers).sort()).toEqual(['A01', 'C03'])
})

test('two tabs that start an inspection at once get the same draft', async () => {
  const one = office()
  const my = await readyPhone(one)
  const tab = await otherTab(my, () => one.now)
  const [here, there] = await Promise.all([startInspection(my.store, 'e1'), startInspection(tab, 'e1')])
  expect(there.id).toBe(here.id)
  expect(await drafts(my.store)).toHaveLength(1)
})

test('a dropped draft comes back within its time, and not after', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const {id} = await startInspection(store, 'e1')
  await dropDraft(store, id)
  expect(await drafts(store)).toEqual([])
  await expect(openDraft(store, id)).rejects.toMatchObject({code: 'draft_gone'})
  await sweepDropped(store)
  await restoreDraft(store, id)
  expect(await drafts(store)).toHaveLength(1)
  await dropDraft(store, id)
  one.now += UNDO_KEEPS_MS + 1
  await sweepDropped(store)
  await expect(restoreDraft(store, id)).rejects.toMatchObject({code: 'draft_gone'})
})

test('a change that cannot be written stays in memory and says so', async () => {
  const one = office()
  const my = await readyPhone(one)
  const draft = await startInspection(my.store, 'e1')
  await (await otherTab(my, () => one.now)).run(db => db.delete('drafts', draft.id))
  draft.change(({record}) => { record.note = 'còn đây' })
  await expect(draft.flush()).rejects.toMatchObject({code: 'draft_gone'})
  expect(draft.saving).toEqual({state: 'failed', code: 'draft_gone'})
  expect(draft.value.record.note).toBe('còn đây')
})

test('a picture that was taken out stays for the undo, then goes', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const draft = await startInspection(store, 'e1')
  const digest = await addSignature(store, draft, PNG, {who: 'inspector', name: 'Bình'})
  one.now += ORPHAN_KEEPS_MS + 1
  await sweepOrphans(store)
  expect(await readFile(store, digest)).not.toBeNull()      // a draft names it, however old
  removeSignature(draft, 'inspector')
  await draft.flush()
  await sweepOrphans(store)
  expect(await readFile(store, digest)).toBeNull()
})

test('two screens that listen with the same function each have their own subscription', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const draft = await startInspection(store, 'e1')
  let heard = 0
  const listener = () => { heard += 1 }
  const left = draft.subscribe(listener)
  draft.subscribe(listener)
  left()
  draft.change(({record}) => { record.note = 'x' })
  expect(heard).toBe(1)
})
