import {expect, test} from 'vitest'
import {dropUntouched} from '../../fieldapp/client/screens/leaving'
import {drafts, dropDraft, openDraft, restoreDraft, startCommitment, startInspection, sweepDropped, UNDO_KEEPS_MS} from '../../fieldapp/client/store/drafts'
import {ORPHAN_KEEPS_MS, readFile, sweepOrphans} from '../../fieldapp/client/store/files'
import {addSignature, keepInk, removeSignature, setRefusal} from '../../fieldapp/client/store/pictures'
import {openStore} from '../../fieldapp/client/store/open'
import type {App} from '../../fieldapp/client/ui/screen'
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

test('a draft that was only looked at goes; one in which something was said stays, also when it is looked at again', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const settled = () => new Promise(resolve => setTimeout(resolve, 20))
  const lookAt = async (draft: Parameters<typeof dropUntouched>[1], say = () => {}) => {
    draft.change(({place}) => { place.screen = 'start' })      // where one is says nothing
    say()
    dropUntouched({store} as App, draft)
    await settled()
    return (await drafts(store)).length
  }
  expect(await lookAt(await startInspection(store, 'e1'))).toBe(0)
  const visit = await startInspection(store, 'e1')
  expect(await lookAt(visit, () => visit.change(({record}) => { record.note = 'Cửa khóa.' }))).toBe(1)
  expect(await lookAt(await openDraft(store, visit.id))).toBe(1)
  const promise = await startCommitment(store, 'e1')
  expect(await lookAt(promise, () => keepInk(promise, 'representative', {width: 1, strokes: [1], whole: false}))).toBe(2)
  const cutOff = await startInspection(store, 'e2')
  cutOff.change(({record}) => { record.note = 'Cửa khóa.' })   // what is said is never on disk as a draft that was only looked at
  expect(await lookAt(cutOff)).toBe(3)
})

test('who refuses has not signed; who signs after all has what was drawn made a picture again', async () => {
  const {store} = await readyPhone(office())
  const refusal = {reason: 'x', witness_name: 'M', witness_role: ''}
  const at = async (draft: Parameters<typeof setRefusal>[0], signed: () => unknown) => {
    keepInk(draft, 'representative', {width: 1, strokes: [1], whole: true})
    await addSignature(store, draft, PNG, {who: 'representative', name: 'M'})
    expect(signed()).toBeTruthy()
    setRefusal(draft, refusal)
    expect([draft.value.record.refusal, signed()]).toEqual([refusal, draft.value.kind === 'commitment' ? null : undefined])
    setRefusal(draft, null)
    expect([draft.value.record.refusal, draft.value.ink?.representative]).toMatchObject([null, {strokes: [1], whole: false}])
  }
  const visit = await startInspection(store, 'e1')
  await at(visit, () => visit.value.record.signatures[0])
  const promise = await startCommitment(store, 'e1')
  await at(promise, () => promise.value.record.signature)
})
