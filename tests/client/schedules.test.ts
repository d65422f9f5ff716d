// Random schedules: the phone's own code, unchanged, against the real server over real HTTP. People sign and edit in two
// tabs each while the network loses, repeats, cuts off and forges, the server is killed in the middle of a statement,
// started, backed up and restored, phones fill up, are revoked and have wrong clocks. In the end nothing signed is lost
// or doubled, every phone shows what a phone that has just signed in shows, and no outbox is stuck.
// SCHEDULES=500 runs more of them; SEED=7 begins there.

import {afterEach, expect, test} from 'vitest'
import {startInspection} from '../../fieldapp/client/store/drafts'
import {addEstablishment, editEstablishment} from '../../fieldapp/client/store/edits'
import {finalise} from '../../fieldapp/client/store/finalise'
import type {Person} from '../../fieldapp/client/store/people'
import {addSignature} from '../../fieldapp/client/store/pictures'
import {establishments, standpoint} from '../../fieldapp/client/store/replica'
import {keepSnapshot} from '../../fieldapp/client/store/snapshot'
import {chance, type Chance} from './chance'
import {closeAll, Commune, deviceOf, enrolled, fillDisk, Tab, type Held, type Network} from './commune'

declare const process: {env: Record<string, string | undefined>}
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 8)
const FIRST = Number(process.env['SEED'] ?? 1)
const STEPS = 70
const HOUR = 3_600_000
const SKEWS = [0, -HOUR, HOUR, 30 * 24 * HOUR, -400 * 24 * HOUR, 25_000 * 24 * HOUR]
const ROUNDS = 8                   // more than everything needs to come to rest

interface Hand {
  username: string
  who: Person
  tabs: Tab[]
  skew: number
  signed: Map<string, string>      // op -> digest
  edits: Set<string>
  revoked: boolean
}

interface World { commune: Commune; random: Chance; rate: number; hands: Hand[]; late: (() => Promise<unknown>)[] }

// ---- the network ----

const lost = async (): Promise<never> => { throw new TypeError('Failed to fetch') }

const FAULTS: Record<string, (world: World) => Network> = {
  request_lost: () => lost,
  answer_lost: () => async (call, init) => { await call(init); return lost() },
  twice: () => async (call, init) => { await call(init); return call(init) },
  late_again: ({late}) => (call, init) => { late.push(() => call(init)); return call(init) },
  captive_portal: () => async () => new Response('<html>Welcome to FreeWifi</html>', {headers: {'Content-Type': 'text/html'}}),
  forged_json: () => async () => Response.json({kind: 'push', receipts: [], changes: [], ok: true}),
  bad_gateway: () => async () => new Response('Bad gateway', {status: 502}),
  cut_off: ({random}) => async (call, init) => {
    const body = await bytesOf(init)
    return call({...init, body: body.slice(0, random.below(body.length))})
  },
  garbled: ({random}) => async (call, init) => {
    const body = await bytesOf(init)
    body[random.below(body.length)]! ^= 1 << random.below(8)
    return call({...init, body})
  },
  killed_in_a_statement: ({random}) => (call, init) => call(killedAfter(init, String(random.below(60)))),
  killed_before_the_answer: () => (call, init) => call(killedAfter(init, 'answer')),
}

async function bytesOf({body}: RequestInit): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(body as BodyInit).arrayBuffer())
}

function killedAfter(init: RequestInit, moment: string): RequestInit {
  return {...init, headers: {...init.headers as Record<string, string>, 'X-Kill-After': moment}}
}

const network = (world: World): Network => (call, init) => {
  const name = world.random() < world.rate ? world.random.pick(Object.keys(FAULTS)) : null
  return name ? FAULTS[name]!(world)(call, init) : call(init)
}

// ---- what people do ----

async function begin(world: World, username: string): Promise<Hand> {
  const who = await enrolled(world.commune, username)
  const hand: Hand = {username, who, tabs: [], skew: 0, signed: new Map(), edits: new Set(), revoked: false}
  for (let n = 0; n < 2; n++) hand.tabs.push(await openTab(world, hand))
  return hand
}

function openTab(world: World, hand: Hand): Promise<Tab> {
  return Tab.open(world.commune, hand.who, () => world.commune.now + hand.skew, network(world))
}

/** Signs an inspection, now and then with a signature, and now and then one that the office cannot accept. */
async function sign({random}: World, hand: Hand): Promise<void> {
  const {store} = random.pick(hand.tabs)
  const known = await establishments(store)
  if (known.length === 0) return
  const draft = await startInspection(store, random.pick(known).id)
  const [wrong, note] = [random() < 0.1, String(random())]
  draft.change(({record}) => {
    record.note = note
    if (wrong) record.kind = 'nonsense' as 'planned'
  })
  if (random() < 0.4) await addSignature(store, draft, picture(note), {who: 'inspector', name: hand.username})
  const [made] = await finalise(store, [draft])
  hand.signed.set(made!.op, made!.sha256)
}

const picture = (content: string) => new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), content], {type: 'image/png'})

async function edit({random}: World, hand: Hand): Promise<void> {
  const {store} = random.pick(hand.tabs)
  const known = await establishments(store)
  if (random() < 0.15) await addEstablishment(store, {name: `Quán mới ${random()}`, type: 'cafe'})
  else if (known.length > 0) {
    const op = await editEstablishment(store, random.pick(known).id, {[random.pick(['phone', 'note', 'representative'])]: String(random())})
    if (op) hand.edits.add(op)
  }
}

// ---- what happens to them ----

async function somethingHappens(world: World): Promise<void> {
  const {commune, random, hands} = world
  const hand = random.pick(hands)
  const refused = (failure: unknown) => expect((failure as {code?: string}).code, String(failure)).toMatch(/^storage_|^draft_gone|^not_here/)
  const lot = random()
  if (lot < 0.2) await sign(world, hand).catch(refused)
  else if (lot < 0.3) await edit(world, hand).catch(refused)
  else if (lot < 0.72) await goOn(random, random.pick(hand.tabs))
  else if (lot < 0.76) await (world.late.shift() ?? (async () => undefined))().catch(() => undefined)
  else if (lot < 0.8) await commune.do('edit', {nth: random.below(9), phone: String(random.below(1e9))})
  else if (lot < 0.84) await commune.do('back_up')
  else if (lot < 0.86 && await noneWiped(hands)) await commune.do('restore')
  else if (lot < 0.91) await commune.do(random.pick(['kill', 'start', 'start', 'start']))
  else if (lot < 0.93) hand.skew = random.pick(SKEWS)
  else if (lot < 0.95) fillDisk(hand.who, random() < 0.4)
  else if (lot < 0.97) await random.pick(hand.tabs).store.run(async db => db.close())
  else if (lot < 0.98) await closeAndOpen(world, hand)
  else if (lot < 0.99) await keepSnapshot(random.pick(hand.tabs).store).catch(refused)
  else if (!hand.revoked) await commune.do('expire', {device: await deviceOf(hand.who), username: hand.username})
}

/** A phone that was revoked and has emptied itself gives nothing back to an office that loses what it had from it. */
async function noneWiped(hands: Hand[]): Promise<boolean> {
  return (await Promise.all(hands.map(({who}) => deviceOf(who)))).every(device => device !== null)
}

async function goOn(random: Chance, tab: Tab): Promise<void> {
  for (let steps = random.pick([1, 2, 40]); steps > 0; steps--) {
    await tab.step()
    if (!tab.running) return
  }
}

/** The system closes a tab, perhaps in the middle of a call; the person opens the app again. */
async function closeAndOpen(world: World, hand: Hand, n = world.random.below(2)): Promise<void> {
  hand.tabs[n]!.kill()
  hand.tabs[n] = await openTab(world, hand)
}

async function revoke(world: World, hand: Hand): Promise<void> {
  await world.commune.do('revoke', {device: await deviceOf(hand.who)})
  hand.revoked = true
}

// ---- the schedule ----

async function run(seed: number): Promise<void> {
  const random = chance(seed)
  const world: World = {commune: await Commune.open(), random, rate: 0, hands: [], late: []}
  for (const username of ['binh', 'chi']) world.hands.push(await begin(world, username))
  for (const {tabs} of world.hands) await tabs[0]!.round()
  world.rate = random.pick([0, 0.1, 0.25, 0.45])
  const revoking = random() < 0.2 ? Math.floor(STEPS * 0.6) : -1
  for (let step = 0; step < STEPS; step++) {
    world.commune.moveClock(random.pick([1_000, 30_000, HOUR]))
    if (step === revoking) await revoke(world, random.pick(world.hands))
    await somethingHappens(world)
  }
  await comeToRest(world)
  await judge(world)
}

/** No more faults, everybody signs in again where they must, and every phone syncs until nothing is left to do. */
async function comeToRest(world: World): Promise<void> {
  world.rate = 0
  await world.commune.do('start')
  for (const hand of world.hands) fillDisk(hand.who, false)
  const before: string[] = []
  while (before.at(-1) !== before.at(-2) || before.length < 2) {
    expect(before.length, `no rest: ${before.join(' ')}`).toBeLessThan(ROUNDS)
    const ended: unknown[] = []
    for (const hand of world.hands) {
      for (const tab of hand.tabs) {
        const phase = await tab.round()
        if (phase === 'sign_in') await signInAgain(world, hand)
        ended.push(phase, await standpoint(tab.store).then(({mark}) => mark[0], () => 'wiped'))
      }
    }
    before.push(ended.join())
  }
}

/** Whose token has ended signs in again, and their phone is trusted anew; whose phone was wiped is done with it. */
async function signInAgain({commune}: World, hand: Hand): Promise<void> {
  if (!await deviceOf(hand.who)) return
  await enrolled(commune, hand.username)
  hand.revoked = false
}

async function judge(world: World): Promise<void> {
  const held = await world.commune.held()
  const everything = new Map(world.hands.flatMap(hand => [...hand.signed]))
  for (const [op, digest] of everything) expect(held.signed[op] ?? held.inbox[op], `lost: ${op}`).toBe(digest)
  for (const op of Object.keys(held.signed)) expect(everything.has(op), `nobody signed ${op}`).toBe(true)
  for (const op of world.hands.flatMap(hand => [...hand.edits])) expect(held.receipts[op], `edit lost: ${op}`).toBeDefined()
  expect(held.told.filter(times => times > 1), 'a resend made a new commit').toEqual([])
  const fresh = await begin(world, 'hoa')
  await fresh.tabs[0]!.round()
  const shown = await everythingShown(fresh)
  for (const hand of world.hands.filter(one => !one.revoked)) {
    await atRest(hand, held)
    await closeAndOpen(world, hand, 0)
    expect(await everythingShown(hand, shown.signed), `${hand.username} shows something else`).toEqual(shown)
  }
}

/** What a phone shows of the commune. only: the signed records to look at; a phone keeps its own beyond what it is sent. */
async function everythingShown({tabs}: Hand, only?: Record<string, string>) {
  const {store} = tabs[0]!
  const rows = await store.run(db => db.getAll('signed'))
  const signed = Object.fromEntries(rows.filter(row => !only || row.id in only).map(row => [row.id, row.sha256]))
  return {establishments: await establishments(store), signed}
}

/** Nothing waits, every file has arrived, and what the phone remembers of the office's history is true. */
async function atRest({tabs, username}: Hand, held: Held): Promise<void> {
  const {store} = tabs[0]!
  const [ops, files] = await store.run(db => Promise.all([db.getAll('outbox'), db.getAll('files')]))
  expect(ops.filter(op => op.state === 'pending'), `${username} is stuck`).toEqual([])
  for (const file of files.filter(one => one.state !== 'draft')) {
    expect(file.state, 'a file is stuck').toBe('sent')
    expect(held.files, 'a file is lost').toContain(file.sha256)
  }
  const {mark, trail} = await standpoint(store)
  const points = new Map(held.points)
  for (const [seq, tag] of [mark, ...trail]) expect(points.get(seq), 'a point of another history').toBe(tag)
}

afterEach(closeAll)

const seeds = Array.from({length: SCHEDULES}, (_, n) => ({seed: FIRST + n}))
test.each(seeds)('schedule $seed (again: SEED=$seed SCHEDULES=1 python -m tests.client schedules)', ({seed}) => run(seed), 600_000)
