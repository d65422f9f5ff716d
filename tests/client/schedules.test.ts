// Random schedules on the real client: people sign and edit in two tabs each while the network loses, repeats and
// forges, the office is backed up and restored, clocks jump and the office refuses. In the end everything signed is at
// the office once, byte for byte, and every phone shows what the office holds.
// SCHEDULES=500 runs more of them; SEED=7 begins there.

import {expect, test} from 'vitest'
import {openExchange, type Exchange} from '../../fieldapp/client/exchange/exchange'
import type {Fetch} from '../../fieldapp/client/exchange/api'
import {sha256} from '../../fieldapp/client/store/digest'
import {editEstablishment, outbox} from '../../fieldapp/client/store/outbox'
import {establishments, stampsOf} from '../../fieldapp/client/store/replica'
import {openStore} from '../../fieldapp/client/store/open'
import type {Store} from '../../fieldapp/client/store/store'
import {office, phone, quiet, sign} from './cast'
import {lost, portal, told, type Office} from './office'

declare const process: {env: Record<string, string | undefined>}
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 12)
const FIRST = Number(process.env['SEED'] ?? 1)
const STEPS = 40

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function chance(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Hand { store: Store; tabs: Exchange[]; stores: Store[]; skew: number; signed: Map<string, string> }

/** The network between a phone and the office: slow by chance, and broken as often as `rate` says. */
function network(one: Office, random: () => number, faulty: {rate: number}): Fetch {
  const late: (() => Promise<unknown>)[] = []
  return async (path, init) => {
    const pause = () => new Promise(resolve => setTimeout(resolve, random() * 3))
    await pause()
    const through = () => one.fetch(path, init)
    if (random() < 0.05) await late.shift()?.()
    if (random() >= faulty.rate) return through().then(async answer => { await pause(); return answer })
    switch (Math.floor(random() * 8)) {
      case 0: return lost()
      case 1: await through(); return lost()
      case 2: return portal()
      case 3: return new Response('Bad gateway', {status: 502})
      case 4: await through(); return through()
      case 5: late.push(through); return through()
      case 6: return told(503, 'busy')
      default: return told(413, 'push_too_large')
    }
  }
}

async function hand(one: Office, random: () => number, faulty: {rate: number}): Promise<Hand> {
  const skewed = {skew: 0}
  const clock = () => one.now + skewed.skew
  const {who, store} = await phone(one, {clock})
  const stores = [store, await openStore(who, {clock})]
  const fetch = network(one, random, faulty)
  const tabs = stores.map(tab => openExchange(tab, {...quiet(one), fetch}))
  return Object.assign(skewed, {store, stores, tabs, signed: new Map<string, string>()})
}

async function run(seed: number): Promise<void> {
  const random = chance(seed)
  const pick = <T>(things: readonly T[]) => things[Math.floor(random() * things.length)]!
  const one = office()
  one.backup()
  one.refuse = (kind, body) => kind === 'inspection' && String(body['note']).startsWith('bad') ? 'invalid_body' : null
  const faulty = {rate: pick([0, 0.1, 0.3, 0.5])}
  const hands = [await hand(one, random, faulty), await hand(one, random, faulty)]
  const edits = new Set<string>()
  const underway: Promise<unknown>[] = []
  for (let step = 0; step < STEPS; step++) {
    one.now += pick([1_000, 30_000, 3_600_000])
    const who = pick(hands)
    const what = random()
    if (what < 0.25) {
      const id = await sign({store: pick(who.stores)}, pick(['e1', 'e2']), `${random() < 0.1 ? 'bad' : 'good'} ${step}`).catch(() => null)
      if (id !== null) who.signed.set(id, (await outbox(who.store)).find(entry => entry.record === id)!.op)
    } else if (what < 0.45) {
      const op = await editEstablishment(pick(who.stores), pick(['e1', 'e2']), {[pick(['phone', 'note'])]: `v${step}`}).catch(() => null)
      if (op !== null) edits.add(op)
    } else if (what < 0.85) {
      const syncing = pick(who.tabs).sync()
      underway.push(syncing)
      if (random() < 0.5) await syncing
    } else if (what < 0.9) one.backup()
    else if (what < 0.93) one.restore()
    else if (what < 0.96) who.skew = pick([0, -86_400_000 * 400, 3_600_000, 86_400_000 * 30])
    else one.maxOps = pick([1, 3, 200])
  }
  await Promise.all(underway)
  faulty.rate = 0
  for (let round = 0; round < 4; round++) for (const one of hands) for (const tab of one.tabs) await tab.sync()
  await judge(one, hands, edits)
}

async function judge(one: Office, hands: Hand[], edits: Set<string>): Promise<void> {
  const receipted = new Set(Object.values(one.held.receipts).map(receipt => receipt['op'] as string))
  for (const {signed} of hands) {
    for (const [id, op] of signed) expect(one.held.signed[id]?.op === op || one.held.inbox[op] !== undefined, `lost ${id}`).toBe(true)
  }
  for (const op of edits) expect(receipted.has(op), `edit lost ${op}`).toBe(true)
  for (const {raw, sha256: digest} of Object.values(one.held.signed)) expect(await sha256(raw)).toBe(digest)
  const changed = one.held.changes.filter(change => change.kind === 'inspection').map(change => change.id)
  expect(changed.length, 'a replay made a new commit').toBe(new Set(changed).size)
  for (const {store} of hands) {
    expect((await outbox(store)).filter(entry => entry.state === 'pending'), 'outbox wedged').toEqual([])
    for (const shown of await establishments(store)) {
      expect(shown).toEqual(one.held.merged[shown.id]!.body)
      const stamps = Object.entries(await stampsOf(store, shown.id)).map(([field, stamp]) => [field, stamp.op])
      expect(Object.fromEntries(stamps)).toEqual(Object.fromEntries(
        Object.entries(one.held.merged[shown.id]!.stamps).map(([field, stamp]) => [field, stamp[2]])))
    }
    const held = await store.run(db => db.getAll('signed'))
    expect(new Map(held.filter(row => one.held.signed[row.id]).map(row => [row.id, row.sha256])))
      .toEqual(new Map(Object.entries(one.held.signed).map(([id, row]) => [id, row.sha256])))
  }
}

test.each(Array.from({length: SCHEDULES}, (_, n) => FIRST + n))('schedule %i', seed => run(seed), 30_000)
