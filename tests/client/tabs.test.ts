import {expect, test, vi} from 'vitest'
import {
  BELIEF_MS, FIRST_WAIT_MS, LOCK_WAIT_MS, LONGEST_WAIT_MS, openExchange, REGULAR_MS, waitAfter, type Surroundings,
} from '../../fieldapp/client/exchange/exchange'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {forgetToken, keepEnrolment} from '../../fieldapp/client/store/people'
import {standpoint} from '../../fieldapp/client/store/replica'
import {openStore} from '../../fieldapp/client/store/open'
import {office, phone, quiet, readyPhone, sign, UNIT} from './cast'
import {lost, told, type Office} from './office'

/** Web Locks for the tabs of one test. */
function locks(): LockManager {
  let held = false
  const waiting: (() => void)[] = []
  const request = async (_name: string, options: LockOptions, work: (lock: Lock | null) => unknown) => {
    if (held && options.ifAvailable) return work(null)
    if (held) {
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        options.signal?.addEventListener('abort', () => reject(options.signal!.reason))
      })
    }
    held = true
    try {
      return await work({} as Lock)
    } finally {
      held = false
      waiting.shift()?.()
    }
  }
  return {request} as unknown as LockManager
}

async function twoTabs(one: Office, around: Partial<Surroundings> = {}) {
  const my = await readyPhone(one)
  const tab = await openStore(my.who, {clock: () => one.now})
  const exchanges = [my.store, tab].map(store => openExchange(store, {...quiet(one), ...around}))
  return {my, exchanges}
}

test('two tabs without locks race, and everything counts once', async () => {
  const one = office()
  const {my, exchanges} = await twoTabs(one)
  const ids = [await sign(my, 'e1'), await sign(my, 'e2')]
  await Promise.all(exchanges.map(exchange => exchange.sync()))
  expect(Object.keys(one.held.signed).sort()).toEqual(ids.sort())
  expect(one.held.changes.filter(change => change.kind === 'inspection')).toHaveLength(2)
  expect(await outboxCounts(my.store)).toMatchObject({waiting: 0})
  expect((await standpoint(my.store)).mark).toEqual(one.head())
})

test('with locks one tab drains and the other only follows', async () => {
  const one = office()
  const {my, exchanges} = await twoTabs(one, {locks: locks()})
  await sign(my)
  await Promise.all(exchanges.map(exchange => exchange.sync()))
  expect(one.calls.filter(call => call.path === 'push')).toHaveLength(1)
})

test('somebody who looks at a tab does not wait for ever for a frozen one', async () => {
  const one = office()
  const shared = locks()
  void shared.request('frozen', {}, () => new Promise(() => {}))
  const {my, exchanges} = await twoTabs(one, {locks: shared})
  await sign(my)
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
  const synced = exchanges[0]!.sync()
  await vi.advanceTimersByTimeAsync(LOCK_WAIT_MS)
  vi.useRealTimers()
  expect((await synced).phase).toBe('idle')
  expect(Object.keys(one.held.signed)).toHaveLength(1)
})

test('a tab that was closed in the middle of its round is not believed for ever', async () => {
  const one = office()
  const shared = locks()
  const {my, exchanges: [closing]} = await twoTabs(one, {locks: shared})
  const tab = await openStore(my.who, {clock: () => one.now})
  const {timers, around} = timed(one)
  const staying = openExchange(tab, {...around, locks: shared})
  staying.start()
  await staying.sync()

  let end = () => {}
  void shared.request('the other lives', {}, () => new Promise<void>(resolve => { end = resolve }))
  my.store.feed.announce({what: 'exchange', state: {...closing!.state, phase: 'syncing', step: 'push'}})
  const doubts = () => timers.filter(({ms}) => ms === BELIEF_MS)
  await vi.waitFor(() => expect(doubts()).toHaveLength(1))
  doubts()[0]!.work()
  await vi.waitFor(() => expect(doubts()).toHaveLength(2))
  expect(staying.state.phase).toBe('syncing')

  end()
  await Promise.resolve()
  doubts()[1]!.work()
  await vi.waitFor(() => expect(staying.state.phase).toBe('idle'))
  staying.stop()
})

/** An exchange whose timers are told and fired by the test. */
function timed(one: Office) {
  const timers: {work: () => void; ms: number}[] = []
  return {timers, around: {...quiet(one), setTimer: (work: () => void, ms: number) => timers.push({work, ms}), clearTimer: () => undefined}}
}

test('signing sends at once; a failure waits longer each time; a success returns to the regular pace', async () => {
  const one = office()
  const my = await phone(one)
  const {timers, around} = timed(one)
  const exchange = openExchange(my.store, around)
  exchange.start()
  await exchange.sync()
  expect(timers.at(-1)!.ms).toBe(REGULAR_MS)
  await sign(my)
  await vi.waitFor(async () => expect([exchange.state.phase, await outboxCounts(my.store)]).toMatchObject(['idle', {waiting: 0}]))
  one.fault = () => ({before: lost})
  await exchange.sync()
  expect([exchange.state.phase, timers.at(-1)!.ms]).toEqual(['offline', FIRST_WAIT_MS])
  await exchange.sync()
  expect(timers.at(-1)!.ms).toBe(FIRST_WAIT_MS * 2)
  one.fault = () => null
  timers.at(-1)!.work()
  await vi.waitFor(() => expect(exchange.state.phase).toBe('idle'))
  expect(exchange.state.next_try_at).toBe(new Date(one.now + REGULAR_MS).toISOString())
  exchange.stop()
})

test('waits are shortened by chance, have a longest, and honour the server', () => {
  expect([1, 2, 3, 20].map(failures => waitAfter(failures, null, () => 1))).toEqual([FIRST_WAIT_MS, 2 * FIRST_WAIT_MS, 4 * FIRST_WAIT_MS, LONGEST_WAIT_MS])
  expect(waitAfter(1, null, () => 0)).toBe(FIRST_WAIT_MS / 2)
  expect(waitAfter(1, 120, () => 0)).toBe(120_000)
})

test('Retry-After of a busy server is honoured', async () => {
  const one = office()
  const my = await readyPhone(one)
  const {timers, around} = timed(one)
  const exchange = openExchange(my.store, around)
  exchange.start()
  one.fault = () => ({before: () => told(503, 'busy', {'Retry-After': '77'})})
  await exchange.sync()
  expect([exchange.state.phase, exchange.state.code, timers.at(-1)!.ms]).toEqual(['error', 'busy', 77_000])
  exchange.stop()
})

test('after a new sign-in the exchange goes on by itself', async () => {
  const one = office()
  const my = await readyPhone(one)
  const exchange = openExchange(my.store, quiet(one))
  exchange.start()
  await sign(my)
  await exchange.sync()
  await forgetToken(my.who.id, 'token')
  await sign(my, 'e2')
  await vi.waitFor(() => expect(exchange.state.phase).toBe('sign_in'))
  await keepEnrolment({device: 'd', token: 'token', user: my.who, unit: UNIT})
  await vi.waitFor(() => expect(exchange.state.phase).toBe('idle'))
  expect((await outbox(my.store)).map(entry => entry.state)).toEqual(['acknowledged', 'acknowledged'])
  exchange.stop()
})
