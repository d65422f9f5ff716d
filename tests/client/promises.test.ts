// The promises of a device by their names in sync/PROTOCOL.md: each is seen to hold, then broken on purpose (planted.mts)
// and seen to be broken. A promise resolves with what is wrong, or "". tests/sync/test_promises.py has them for the server
// and the Python replica; the schedules put them under every fault at once.

import {expect, test, vi} from 'vitest'
import {killedAfter} from './killing'
import {PLANTED, type Bug} from './planted.mjs'

const CLIENT = '../../fieldapp/client/'

/** The phone's code, loaded anew: as it is, or with a bug in it. */
async function load(planted?: Bug) {
  vi.resetModules()
  if (planted) {
    const path = CLIENT + PLANTED[planted].module
    vi.doMock(path, () => import(/* @vite-ignore */ `${path}.ts?planted=${planted}`))
  }
  const cast = await import('./cast')                // alone: imports that run beside the first would not see the bug
  const [network, exchange, drafts, finalise, outbox, people, replica, pictures, open] = await Promise.all([
    import('./office'), import('../../fieldapp/client/exchange/exchange'),
    import('../../fieldapp/client/store/drafts'), import('../../fieldapp/client/store/finalise'),
    import('../../fieldapp/client/store/outbox'), import('../../fieldapp/client/store/people'),
    import('../../fieldapp/client/store/replica'), import('../../fieldapp/client/store/pictures'), import('../../fieldapp/client/store/open')])
  return {...cast, made: cast.establishment, ...network, ...exchange, ...drafts, ...finalise, ...outbox, ...people, ...replica, ...pictures, ...open}
}

type World = Awaited<ReturnType<typeof load>>
type Phone = Awaited<ReturnType<World['readyPhone']>>
type Office = ReturnType<World['office']>

/** What is wrong with a promise; with a bug planted, a failure of the phone is seen too. */
async function wrong(promise: (world: World) => Promise<string>, planted?: Bug): Promise<string> {
  try {
    return await promise(await load(planted))
  } catch (failure) {
    if (!planted) throw failure
    return String(failure)
  } finally {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    if (planted) vi.doUnmock(CLIENT + PLANTED[planted].module)
  }
}

const states = async ({outbox}: World, {store}: Phone) => (await outbox(store)).map(entry => entry.state)
const isPush = (path: string) => path === 'push'
const recorded = (one: Office) => Object.keys(one.held.signed).sort()

async function aPicture({startInspection, addSignature, finalise, PNG}: World, {store}: Phone): Promise<string> {
  const draft = await startInspection(store, 'e1')
  const digest = await addSignature(store, draft, PNG, {who: 'inspector', name: 'Bình'})
  await finalise(store, [draft])
  return digest
}

// ---- C1 ----

/** Whenever the app is killed while somebody signs, the phone holds record and op or neither; both once it says so. */
async function c1_record_and_op_are_one_commit(world: World): Promise<string> {
  const {office, readyPhone, startInspection, finalise} = world
  const my = await readyPhone(office())
  for (let writes = 0; writes < 6; writes++) {
    const draft = await startInspection(my.store, 'e1')
    await draft.flush()
    killedAfter(writes)
    const said = await finalise(my.store, [draft]).then(() => 'signed', () => 'failed')
    vi.restoreAllMocks()
    const [signed, ops] = await my.store.run(db => Promise.all([db.get('signed', draft.id), db.getAll('outbox')]))
    const queued = ops.some(op => op.record === draft.id)
    if (queued !== (signed !== undefined)) return `one without the other when it is killed at write ${writes}`
    if (queued !== (said === 'signed')) return `it says ${said} when it is killed at write ${writes}`
  }
  return ''
}

async function c1_what_is_signed_is_on_the_disk({office, readyPhone, sign}: World): Promise<string> {
  const opened = vi.spyOn(IDBDatabase.prototype, 'transaction')     // before a database is opened, which holds on to it
  await sign(await readyPhone(office()))
  const signing = opened.mock.calls.find(([stores, mode]) => mode === 'readwrite' && String(stores).includes('signed') && !String(stores).includes('state'))
  return (signing?.[2] as IDBTransactionOptions | undefined)?.durability === 'strict' ? '' : 'the disk is not waited for'
}

async function c1_a_full_phone_is_told({office, readyPhone, startInspection, finalise, drafts}: World): Promise<string> {
  const {store} = await readyPhone(office())
  const draft = await startInspection(store, 'e1')
  await draft.flush()
  killedAfter(0)
  const said = await finalise(store, [draft]).then(() => 'signed', () => 'failed')
  vi.restoreAllMocks()
  return said === 'failed' && (await drafts(store)).length === 1 ? '' : 'it says signed, and nothing is'
}

// ---- C2 ----

async function c2_a_strangers_answer_changes_nothing(world: World): Promise<string> {
  const {office, readyPhone, sign, standpoint, portal} = world
  const one = office()
  const my = await readyPhone(one)
  await sign(my)
  const before = JSON.stringify(await standpoint(my.store))
  const forged = (more: object) => () => Response.json({kind: 'push', mark: [9, 'x'], safe: 9, now: '2026-01-01T00:00:00Z', ...more})
  const other = {op: 'other', status: 'applied', seq: 9, conflicts: [], eff: {}}
  for (const answer of [portal, () => Response.json({ok: true}), forged({receipts: []}), forged({receipts: [other]})]) {
    one.fault = path => isPush(path) ? {before: answer} : null
    await my.exchange.sync()
    if (JSON.stringify(await standpoint(my.store)) !== before) return 'it stands where a stranger sent it'
    if (String(await states(world, my)) !== 'pending') return 'a stranger has receipted'
  }
  return ''
}

async function c2_a_late_answer_of_another_tab_changes_nothing(world: World): Promise<string> {
  const {office, readyPhone, sign, openStore, openExchange, quiet, standpoint} = world
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  await sign(my)
  let release = () => {}
  const frozen = new Promise<void>(resolve => { release = resolve })
  const slow = {...quiet(one), fetch: async (path: string, init: RequestInit) => {
    const answer = await one.fetch(path, init)
    if (path.endsWith('push')) await frozen
    return answer
  }}
  const late = openExchange(await openStore(my.who, {clock: () => one.now}), slow).sync()
  await vi.waitFor(() => expect(recorded(one)).toHaveLength(1))
  one.restore()
  one.fault = path => path === 'pull' ? {before: world.lost} : null
  await my.exchange.sync()                           // this tab goes back and sends
  release()
  await late
  const {mark, trail} = await standpoint(my.store)
  const known = [...trail, mark].every(([seq, tag]) => seq === 0 || one.held.log.some(point => point[0] === seq && point[1] === tag))
  return known ? '' : 'it remembers a point of a history that is no more'
}

// ---- C3 ----

/** Whenever the app is killed over a page, it has all of it and stands behind it, or neither. */
async function c3_data_cursor_mark_and_trail_move_together({office, phone, establishments, standpoint}: World): Promise<string> {
  for (let writes = 0; writes < 7; writes++) {
    const my = await phone(office())
    killedAfter(writes)
    await my.exchange.sync()
    vi.restoreAllMocks()
    const [{essentials, mark, trail}, shown] = await Promise.all([standpoint(my.store), establishments(my.store)])
    const stands = [essentials !== null, mark[0] > 0, trail.length > 0, shown.length === 2]
    if (new Set(stands).size > 1) return `cursor, mark, trail, data: ${stands.join()} when it is killed at write ${writes}`
  }
  return ''
}

// ---- C4 ----

async function c4_an_op_leaves_when_a_verified_backup_holds_it(world: World): Promise<string> {
  const {office, readyPhone, sign} = world
  const one = office()
  const my = await readyPhone(one)
  one.backup()
  await sign(my)
  for (let rounds = 0; rounds < 2; rounds++) await my.exchange.sync()
  if (String(await states(world, my)) !== 'acknowledged') return 'it is gone, and no backup has it'
  one.backup()
  await my.exchange.sync()
  return (await states(world, my)).length === 0 ? '' : 'it never goes'
}

async function c4_a_refused_op_stays_until_the_office_has_decided(world: World): Promise<string> {
  const {office, readyPhone, sign} = world
  const one = office()
  const my = await readyPhone(one)
  one.refuse = () => 'invalid_body'
  await sign(my)
  for (let rounds = 0; rounds < 2; rounds++) {
    await my.exchange.sync()
    one.backup()
  }
  if (String(await states(world, my)) !== 'quarantined') return 'it is gone, and nobody has decided'
  one.decide(Object.keys(one.held.inbox)[0]!, 'dismissed')
  one.backup()
  await my.exchange.sync()
  return (await states(world, my)).length === 0 ? '' : 'it never goes'
}

async function c4_a_file_leaves_when_a_verified_backup_holds_it(world: World): Promise<string> {
  const one = world.office()
  const my = await world.readyPhone(one)
  const digest = await aPicture(world, my)
  one.fault = path => path.startsWith('files/') ? {before: world.lost} : null
  await my.exchange.sync()
  one.backup()                                       // with the record, without its picture
  one.fault = () => null
  one.now += 10 * 86_400_000
  for (let rounds = 0; rounds < 2; rounds++) await my.exchange.sync()
  const here = async () => await my.store.run(db => db.getKey('blobs', digest)) !== undefined
  if (!await here()) return 'it is gone, and no backup has it'
  one.backup()
  await my.exchange.sync()
  return await here() ? 'it never goes' : ''
}

// ---- C5 ----

async function c5_yesterdays_backup_and_the_phones_give_back_today(world: World): Promise<string> {
  const {office, readyPhone, sign, standpoint, establishments} = world
  const one = office()
  one.backup()
  one.enter('establishment', world.made('e3'))
  const [binh, chi] = [await readyPhone(one), await readyPhone(one)]
  const ids = [await sign(binh, 'e1'), await sign(chi, 'e2')].sort()
  for (const phone of [binh, chi, binh]) await phone.exchange.sync()
  one.restore()
  await binh.exchange.sync()                         // chi's phone is at the bottom of a lake
  if (String(recorded(one)) !== String(ids)) return 'something did not come back'
  if (String((await standpoint(binh.store)).mark) !== String(one.head())) return 'it does not stand at the head'
  return (await establishments(binh.store)).length === 2 ? '' : 'it shows what is no longer so'
}

async function c5_what_was_acknowledged_and_not_signed_comes_back_too(world: World): Promise<string> {
  const one = world.office()
  const my = await world.readyPhone(one)
  one.backup()
  const {editEstablishment} = await import('../../fieldapp/client/store/edits')
  await editEstablishment(my.store, 'e1', {phone: '0900000009'})
  await my.exchange.sync()
  one.restore()
  await my.exchange.sync()
  return one.held.merged['e1']!.body['phone'] === '0900000009' ? '' : 'the edit is lost'
}

/** The backup that comes back holds the record and not yet its file; nothing else has moved the mark. */
async function c5_a_file_that_only_a_lost_history_held_is_sent_again(world: World): Promise<string> {
  const one = world.office()
  const [my, other] = [await world.readyPhone(one), await world.readyPhone(one)]
  const digest = await aPicture(world, my)
  let lost = false
  one.fault = path => {
    if (path === `files/${digest}`) one.backup()
    lost ||= path === `files/${digest}`
    return lost && path === 'pull' ? {before: world.lost} : null
  }
  await my.exchange.sync()
  one.restore()
  one.fault = () => null
  for (let days = 0; days < 2; days++) {
    await world.sign(other)
    await other.exchange.sync()
    await my.exchange.sync()
    one.backup()
  }
  return one.held.files[digest] ? '' : 'the file is lost'
}

// ---- C6 ----

async function c6_one_tab_drains({office, readyPhone, sign, openStore, openExchange, quiet}: World): Promise<string> {
  const one = office()
  const my = await readyPhone(one)
  let busy = Promise.resolve<unknown>(undefined)
  const locks = {request: (_name: string, _options: LockOptions, work: (lock: Lock) => unknown) => {
    busy = busy.then(() => work({} as Lock))
    return busy
  }} as unknown as LockManager
  await sign(my)
  const tabs = [my.store, await openStore(my.who, {clock: () => one.now})]
  await Promise.all(tabs.map(store => openExchange(store, {...quiet(one), locks}).sync()))
  return one.calls.filter(call => isPush(call.path)).length === 1 ? '' : 'two tabs drained at once'
}

async function c6_two_tabs_that_drain_at_once_are_safe(world: World): Promise<string> {
  const {office, readyPhone, sign, openStore, openExchange, quiet} = world
  const one = office()
  const my = await readyPhone(one)
  const ids = [await sign(my, 'e1'), await sign(my, 'e2')].sort()
  const tabs = [my.store, await openStore(my.who, {clock: () => one.now})]
  await Promise.all(tabs.map(store => openExchange(store, quiet(one)).sync()))
  if (String(recorded(one)) !== String(ids) || one.held.changes.filter(change => change.kind === 'inspection').length !== 2) return 'not once each'
  return String(await states(world, my)) === 'acknowledged,acknowledged' ? '' : 'the outbox does not know'
}

// ---- C7 ----

async function c7_a_refused_token_deletes_nothing(world: World): Promise<string> {
  const one = world.office()
  const my = await world.readyPhone(one)
  await world.sign(my)
  one.tokens.clear()
  if ((await my.exchange.sync()).phase !== 'sign_in') return 'it does not ask for a sign-in'
  return (await states(world, my)).length === 1 ? '' : 'the outbox went with the token'
}

async function c7_signing_out_deletes_nothing(world: World): Promise<string> {
  const my = await world.readyPhone(world.office())
  await world.sign(my)
  await world.signOut(my.store)
  return (await states(world, my)).length === 1 ? '' : 'the outbox went with the person'
}

async function c7_revocation_deletes_nothing_that_is_not_handed_in(world: World): Promise<string> {
  const one = world.office()
  const my = await world.readyPhone(one)
  await world.sign(my)
  await world.noteRevoked(my.who.id, 'token')
  const emptied = await world.wipe(my.store)
  return !emptied && (await states(world, my)).length === 1 ? '' : 'it emptied itself with something in hand'
}

// ---- C8 ----

async function c8_the_page_syncs_when_it_should({office, readyPhone, openExchange, browserSurroundings}: World): Promise<string> {
  const one = office()
  const my = await readyPhone(one)
  const [page, shown] = [new EventTarget(), Object.assign(new EventTarget(), {visibilityState: 'visible'})]
  vi.stubGlobal('document', shown)
  for (const name of ['addEventListener', 'removeEventListener'] as const) vi.stubGlobal(name, page[name].bind(page))
  let timer: () => void = () => undefined
  const exchange = openExchange(my.store, {...browserSurroundings(), fetch: one.fetch, locks: null,
    setTimer: work => { timer = work }, clearTimer: () => { timer = () => undefined }})
  const triggers: Record<string, () => unknown> = {
    start: () => exchange.start(),
    visibilitychange: () => shown.dispatchEvent(new Event('visibilitychange')),
    online: () => page.dispatchEvent(new Event('online')),
    timer: () => timer(),
    button: () => exchange.sync(),
  }
  try {
    for (const [name, pull] of Object.entries(triggers)) {
      one.calls = []
      await pull()
      const came = await vi.waitFor(() => {
        expect(one.calls.length).toBeGreaterThan(0)
        expect(exchange.state.phase).toBe('idle')
      }, {timeout: 300}).then(() => true, () => false)
      if (!came) return `it does not sync: ${name}`
    }
    return ''
  } finally {
    exchange.stop()
  }
}

// ---- each, and what breaks it ----

const PROMISES: [(world: World) => Promise<string>, ...Bug[]][] = [
  [c1_record_and_op_are_one_commit, 'signs_in_two_steps'],
  [c1_what_is_signed_is_on_the_disk, 'does_not_wait_for_the_disk'],
  [c1_a_full_phone_is_told, 'hides_that_the_phone_is_full'],
  [c2_a_strangers_answer_changes_nothing, 'trusts_any_200'],
  [c2_a_late_answer_of_another_tab_changes_nothing, 'compares_no_mark'],
  [c3_data_cursor_mark_and_trail_move_together, 'moves_the_cursor_first'],
  [c4_an_op_leaves_when_a_verified_backup_holds_it, 'prunes_what_is_acknowledged'],
  [c4_a_refused_op_stays_until_the_office_has_decided, 'prunes_what_nobody_has_decided_about'],
  [c4_a_file_leaves_when_a_verified_backup_holds_it, 'prunes_files_that_were_sent'],
  [c5_yesterdays_backup_and_the_phones_give_back_today, 'offers_no_colleagues_records', 'keeps_its_cursors_at_a_rewind'],
  [c5_what_was_acknowledged_and_not_signed_comes_back_too, 'offers_nothing_again'],
  [c5_a_file_that_only_a_lost_history_held_is_sent_again, 'keeps_its_mark_when_a_file_has_arrived'],
  [c6_one_tab_drains, 'takes_no_lock'],
  [c6_two_tabs_that_drain_at_once_are_safe, 'forgets_what_was_received'],
  [c7_a_refused_token_deletes_nothing, 'empties_itself_at_a_refused_token'],
  [c7_signing_out_deletes_nothing, 'empties_itself_when_signed_out'],
  [c7_revocation_deletes_nothing_that_is_not_handed_in, 'empties_itself_before_all_is_handed_in'],
  [c8_the_page_syncs_when_it_should, 'does_not_sync_at_the_start', 'does_not_hear_the_network', 'does_not_see_that_it_is_looked_at',
    'has_no_timer', 'ignores_the_button'],
]

test.each(PROMISES.map(([promise, ...bugs]) => ({name: promise.name, promise, bugs})))('$name', async ({promise, bugs}) => {
  expect(await wrong(promise)).toBe('')
  for (const bug of bugs) expect(await wrong(promise, bug), `nobody notices that it ${bug}`).not.toBe('')
})

test('every planted bug is about a promise', () => {
  expect(PROMISES.flatMap(([, ...bugs]) => bugs).sort()).toEqual(Object.keys(PLANTED).sort())
})
