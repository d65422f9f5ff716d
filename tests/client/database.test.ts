import {expect, test, vi} from 'vitest'
import {comeBack, putAside} from '../../fieldapp/client/store/aside'
import {carry} from '../../fieldapp/client/store/carried'
import {whenLost} from '../../fieldapp/client/store/connection'
import {FRESH, UPGRADES, type Upgrade} from '../../fieldapp/client/store/db'
import {goOn, openDraft, openDrafts, startInspection} from '../../fieldapp/client/store/drafts'
import {outbox} from '../../fieldapp/client/store/outbox'
import {enqueue, prepare} from '../../fieldapp/client/store/queue'
import {establishments} from '../../fieldapp/client/store/replica'
import {openStore} from '../../fieldapp/client/store/open'
import {databaseName} from '../../fieldapp/client/store/store'
import {fillPhone, office, readyPhone, sign} from './cast'

const LATER: Upgrade[] = [...UPGRADES, db => { db.createObjectStore('later' as 'drafts') }]

test('an upgrade of the database keeps the outbox, and the tab with the older app is told', async () => {
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  const newer = await openStore(my.who, {upgrades: LATER})
  expect(await outbox(newer)).toMatchObject([{state: 'pending'}])
  expect(await newer.run(async db => [db.version, [...db.objectStoreNames].includes('later' as 'drafts')])).toEqual([LATER.length, true])
  await expect(outbox(my.store)).rejects.toMatchObject({code: 'newer_version'})
})

test('a connection that the browser closed is opened again', async () => {
  const one = office()
  const my = await readyPhone(one)
  await my.store.run(async db => db.close())
  expect(await establishments(my.store)).toHaveLength(2)
  await sign(my)
  expect(await outbox(my.store)).toHaveLength(1)
})

test('a page that Safari puts aside lets go of the database, and does its work when it is back', async () => {
  const one = office()
  const {who, store} = await readyPhone(one)
  const other = await new Promise<IDBDatabase>(opened => {
    const opening = indexedDB.open(databaseName(who))
    opening.onsuccess = () => opened(opening.result)
  })
  let [tries, begin] = [0, () => {}]
  const begun = new Promise<void>(resolve => { begin = resolve })
  const held = store.write(['state', 'snapshots'], async tx => {
    tries += 1
    begin()
    while (tries === 1) await tx.objectStore('snapshots').count()        // a page that is put aside holds it for ever
    await tx.objectStore('state').put({...FRESH, safe: 178})
  })
  await begun
  putAside()
  const meanwhile = store.run(db => db.count('snapshots'))
  await new Promise(free => { other.transaction('snapshots', 'readwrite').oncomplete = free })
  comeBack()
  await Promise.all([held, meanwhile])
  expect(tries).toBe(2)
  expect(await store.run(db => db.get('state', 'sync'))).toMatchObject({safe: 178})
  other.close()
})

test('every step of the upgrades leads on from the one before', async () => {
  for (let version = 1; version <= UPGRADES.length; version++) {
    const who = {id: `steps ${version}`, username: '', name: '', role: '', body: '', position: ''}
    const old = await openStore(who, {upgrades: UPGRADES.slice(0, version)})
    old.close()
    const store = await openStore(who)
    expect(await outbox(store)).toEqual([])
    store.close()
  }
})

test('a failed transaction leaves nothing behind', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const failing = store.write(['records'], async tx => {
    await tx.objectStore('records').clear()
    throw new Error('no')
  })
  await expect(failing).rejects.toMatchObject({code: 'storage_failed'})
  expect(await store.run(db => db.count('records'))).toBeGreaterThan(0)
})

test('queueing an op twice, as after a broken connection, queues it once', async () => {
  const one = office()
  const {store} = await readyPhone(one)
  const op = await prepare(store, {kind: 'establishment', record: 'e1', establishment: 'e1'}, {id: 'e1', fields: {}})
  for (let n = 0; n < 2; n++) await store.write(['outbox', 'bodies'], tx => enqueue(tx, op))
  expect(await outbox(store)).toHaveLength(1)
})

test('a page that has lost its databases asks for a new one, and what it could not write goes along', async () => {
  const one = office()
  const my = await readyPhone(one)
  const draft = await startInspection(my.store, 'e1')
  const kept = new Map<string, string>()
  const storage = {getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key)}
  vi.stubGlobal('sessionStorage', storage)
  const open = IDBFactory.prototype.open
  const asked = vi.fn(() => carry(my.store, openDrafts(my.store).values()))
  whenLost(asked)
  await my.store.run(async db => db.close())
  IDBFactory.prototype.open = () => { throw new DOMException('Connection to Indexed Database server lost', 'UnknownError') }
  draft.change(({record}) => { record.note = 'typed in the background' })
  await expect(draft.flush()).rejects.toMatchObject({code: 'storage_failed'})
  expect(asked).toHaveBeenCalled()

  IDBFactory.prototype.open = open
  const next = await openStore(my.who)
  const free = fillPhone()
  await goOn(next)
  const there = await openDraft(next, draft.id)
  await expect(there.flush()).rejects.toMatchObject({code: 'storage_full'})
  expect([there.value.record, there.saving]).toMatchObject([{note: 'typed in the background'}, {state: 'failed', code: 'storage_full'}])
  expect(kept.size).toBe(1)

  free()
  const last = await openStore(my.who)
  await goOn(last)
  expect((await openDraft(last, draft.id)).value).toMatchObject({record: {note: 'typed in the background'}})
  expect(kept.size).toBe(0)
  for (const store of [next, last]) store.close()
  whenLost(() => {})
  vi.unstubAllGlobals()
})
