import {expect, test} from 'vitest'
import {UPGRADES, type Upgrade} from '../../fieldapp/client/store/db'
import {outbox} from '../../fieldapp/client/store/outbox'
import {enqueue, prepare} from '../../fieldapp/client/store/queue'
import {establishments} from '../../fieldapp/client/store/replica'
import {openStore} from '../../fieldapp/client/store/open'
import {office, readyPhone, sign} from './cast'

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
