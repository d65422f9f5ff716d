// Drafts kept at the office, against the real server: a lost phone costs minutes, and nobody's work is ever overwritten.

import {afterEach, expect, test, vi} from 'vitest'
import {PNG} from './cast'
import {closeAll, Commune} from './commune'
import {newPhone, notes, write, type Phone} from './phones'

afterEach(() => vi.unstubAllGlobals())
afterEach(closeAll)

async function twoPhones(): Promise<{commune: Commune; one: Phone; two: Phone; id: string}> {
  const commune = await Commune.open()
  const one = await newPhone(commune, 'binh')
  const id = await write(one, 'chung')
  await one.exchange.sync()
  const two = await newPhone(commune, 'binh')
  return {commune, one, two, id}
}

test('a lost phone: the draft is on the next one, with its photos, and is finished there', async () => {
  const commune = await Commune.open()
  const lost = await newPhone(commune, 'binh')
  const id = await write(lost, 'đang ghi')
  const digest = await lost.addSignature(lost.store, await lost.openDraft(lost.store, id), PNG, {who: 'inspector', name: 'Bình'})
  await lost.exchange.sync()
  const next = await newPhone(commune, 'binh')
  const [draft] = await next.drafts(next.store)
  expect(draft).toMatchObject({id, kept: true, from: {person: ''}, draft: {record: {id, note: 'đang ghi', signatures: [{file: digest}]}}})
  expect((await next.readFile(next.store, digest))?.size).toBe(PNG.size)
  await next.finalise(next.store, [await next.openDraft(next.store, id)])
  await next.exchange.sync()
  expect(Object.keys((await commune.held()).signed)).toHaveLength(1)
  expect(await next.outboxCounts(next.store)).toMatchObject({waiting: 0, quarantined: 0, files_waiting: 0})
  await lost.exchange.sync()                                   // the phone is found again
  expect(await notes(lost)).toEqual({})
  expect(await notes(await newPhone(commune, 'binh'))).toEqual({})
})

test('only what changed is offered, and only its newest version waits', async () => {
  const {one, id} = await twoPhones()
  const waiting = async () => (await one.store.run(db => db.getAll('outbox'))).filter(op => op.kind === 'draft')
  const [first] = await waiting()
  await one.exchange.sync()
  expect(await waiting()).toEqual([first])
  one.net.down = true
  for (const note of ['a', 'ab', 'abc']) {
    await write(one, note, id)
    await one.exchange.sync()
  }
  expect(await waiting()).toMatchObject([{state: 'pending', record: id}])
  one.net.down = false
  await one.exchange.sync()
  expect(await waiting()).toMatchObject([{state: 'acknowledged', conflicts: []}])
  expect(await one.outbox(one.store)).toEqual([])              // drafts are nobody's outbox
  expect(await one.outboxCounts(one.store)).toMatchObject({waiting: 0, files_waiting: 0})
})

test('what one phone goes on with is there on the other', async () => {
  const {one, two, id} = await twoPhones()
  const open = await one.openDraft(one.store, id)
  await write(two, 'chung, tiếp', id)
  await two.exchange.sync()
  await one.exchange.sync()
  expect(await notes(one)).toEqual({[id]: 'chung, tiếp'})
  await vi.waitFor(() => expect(open.value.record).toMatchObject({note: 'chung, tiếp'}))
})

test('two phones that went on apart keep both, under the same ids, and an open screen goes with its draft', async () => {
  const {one, two, id} = await twoPhones()
  const open = await one.openDraft(one.store, id)
  await Promise.all([write(one, 'máy một', id), write(two, 'máy hai', id)])
  const moved: [string, string][] = []
  one.store.feed.subscribe(change => { if (change.what === 'drafts') moved.push(...change.moved ?? []) })
  await two.exchange.sync()
  await one.exchange.sync()
  expect(moved).toHaveLength(1)
  const other = moved[0]![1]
  await two.exchange.sync()
  for (const phone of [one, two]) expect(await notes(phone)).toEqual({[id]: 'máy hai', [other]: 'máy một'})
  await vi.waitFor(() => expect(open.id).toBe(other))
  open.change(({record}) => { if ('note' in record) record.note = 'máy một, tiếp' })
  await open.flush()
  await one.exchange.sync()
  await two.exchange.sync()
  for (const phone of [one, two]) expect(await notes(phone)).toEqual({[id]: 'máy hai', [other]: 'máy một, tiếp'})
  const signed = await one.finalise(one.store, [await one.openDraft(one.store, other), await one.openDraft(one.store, id)])
  expect(signed.map(record => record.id)).toEqual([other, id])
  await one.exchange.sync()
  expect(await one.outboxCounts(one.store)).toMatchObject({waiting: 0, quarantined: 0})
  await two.exchange.sync()
  expect(await notes(two)).toEqual({})
})

test('what is written while the office answers is not overwritten by what comes with the answer', async () => {
  const {one, two, id} = await twoPhones()
  for (const end of ['sửa ở máy hai', 'ký ở máy hai']) {
    if (end === 'ký ở máy hai') await two.finalise(two.store, [await two.openDraft(two.store, id)])
    else await write(two, end, id)
    await two.exchange.sync()
    one.net.before = async path => { if (path.endsWith('pull')) await write(one, `gõ giữa chừng, ${end}`, id) }
    await one.exchange.sync()
    one.net.before = async () => undefined
    expect((await notes(one))[id]).toBe(`gõ giữa chừng, ${end}`)
    await one.exchange.sync()
    const all = Object.entries(await notes(one))
    expect(all).toContainEqual([expect.not.stringMatching(id), `gõ giữa chừng, ${end}`])
    if (end === 'sửa ở máy hai') expect(all).toContainEqual([id, end])
    else expect(all.map(([name]) => name)).not.toContain(id)
    await two.exchange.sync()
  }
})

test('what the other phone never saw of a draft that is signed there stays, and can be signed as a record of its own', async () => {
  const {commune, one, two, id} = await twoPhones()
  await write(one, 'chưa gửi', id)
  await two.finalise(two.store, [await two.openDraft(two.store, id)])
  await two.exchange.sync()
  await one.exchange.sync()
  const [left] = Object.entries(await notes(one))
  expect(left![1]).toBe('chưa gửi')
  expect(left![0]).not.toBe(id)
  await one.finalise(one.store, [await one.openDraft(one.store, left![0])])
  await one.exchange.sync()
  expect(Object.keys((await commune.held()).signed)).toHaveLength(2)
  expect(await one.outboxCounts(one.store)).toMatchObject({waiting: 0, quarantined: 0})
})

test('a dropped draft goes everywhere, once it cannot be brought back any more', async () => {
  const {commune, one, two, id} = await twoPhones()
  await one.dropDraft(one.store, id)
  await one.exchange.sync()
  await two.exchange.sync()
  expect(await notes(two)).toEqual({[id]: 'chung'})
  await one.restoreDraft(one.store, id)
  await one.dropDraft(one.store, id)
  commune.moveClock(one.UNDO_KEEPS_MS + 1000)
  await one.exchange.sync()
  await expect(one.restoreDraft(one.store, id)).rejects.toMatchObject({code: 'draft_gone'})
  await two.exchange.sync()
  expect(await notes(two)).toEqual({})
})

test('a draft that is handed over leaves politely, and the colleague goes on with it as a member of the visit', async () => {
  const {commune, one, two, id} = await twoPhones()
  await write(two, 'chưa gửi', id)
  await commune.do('hand_over', {to: 'chi'})
  await one.exchange.sync()
  expect(await notes(one)).toEqual({})
  await two.exchange.sync()
  expect(Object.values(await notes(two))).toEqual(['chưa gửi'])
  const chi = await newPhone(commune, 'chi')
  const [given] = await chi.drafts(chi.store)
  expect(given).toMatchObject({id, from: {person: 'Binh'}, draft: {record: {author: chi.who.id, note: 'chung', members: [{name: 'Chi'}, {name: 'Binh'}]}}})
  await chi.finalise(chi.store, [await chi.openDraft(chi.store, id)])
  await chi.exchange.sync()
  expect(await chi.outboxCounts(chi.store)).toMatchObject({waiting: 0, quarantined: 0})
})

test('a draft is handed over between any two messages of the phone on which its author goes on writing: both keep their words', async () => {
  const commune = await Commune.open()
  const [one, chi] = [await newPhone(commune, 'binh'), await newPhone(commune, 'chi')]
  for (let moment = 0, asked = 1; moment < asked; moment++) {
    const open = await one.openDraft(one.store, await write(one, `đã gửi ${moment}`))
    const put = async (note: string) => {
      open.change(({record}) => { if ('note' in record) record.note = note })
      await open.flush()
    }
    await one.exchange.sync()
    await put(`đang gửi ${moment}`)
    asked = 0
    one.net.before = async path => {
      if (asked++ === moment) await commune.do('hand_over', {to: 'chi'})
      await put(`${path} ${moment}`)
    }
    await one.exchange.sync()
    one.net.before = async () => undefined
    await put(`cuối cùng ${moment}`)
    for (const phone of [one, chi, one]) await phone.exchange.sync()
    const [mine, theirs] = [await notes(one), await notes(chi)]
    expect(Object.values(mine), `before message ${moment}`).toEqual([`cuối cùng ${moment}`])
    expect(Object.values(theirs), `before message ${moment}`).toContainEqual(expect.stringMatching(` ${moment}$`))
    expect(Object.keys(theirs)).not.toContain(open.id)
    await one.finalise(one.store, [await one.openDraft(one.store, open.id)])
    await one.exchange.sync()
    expect(await one.outboxCounts(one.store)).toMatchObject({waiting: 0, quarantined: 0})
  }
  expect(Object.keys(await notes(chi)).length).toBeGreaterThan(2)
})

test('after the office was restored from a backup it gets its copies back, also those of a phone that is lost by now', async () => {
  const commune = await Commune.open()
  const one = await newPhone(commune, 'binh')
  const two = await newPhone(commune, 'binh')
  await commune.do('back_up')
  const id = await write(one, 'sau bản sao lưu')
  await one.exchange.sync()
  await two.exchange.sync()
  await commune.do('restore')
  await two.exchange.sync()
  expect(await notes(two)).toEqual({[id]: 'sau bản sao lưu'})
  expect(await notes(await newPhone(commune, 'binh'))).toEqual({[id]: 'sau bản sao lưu'})
})
