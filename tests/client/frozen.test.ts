// Every version that was ever released left phones behind with something unsent. What they hold is accepted for ever:
// upgraded where it lies, sent with its exact bytes, and drafts go on.

import {expect, test} from 'vitest'
import {openDatabase, UPGRADES} from '../../fieldapp/client/store/db'
import {sha256} from '../../fieldapp/client/store/digest'
import {drafts, openDraft} from '../../fieldapp/client/store/drafts'
import {openStore} from '../../fieldapp/client/store/open'
import {outbox, outboxCounts} from '../../fieldapp/client/store/outbox'
import {databaseName} from '../../fieldapp/client/store/store'
import {keepEnrolment} from '../../fieldapp/client/store/people'
import {openExchange} from '../../fieldapp/client/exchange/exchange'
import {office, quiet, UNIT} from './cast'
import {aDay, thaw, type Frozen} from './freezing'

declare const process: {env: Record<string, string | undefined>}

const found = import.meta.glob('./frozen/*.json', {import: 'default', eager: true} as object) as unknown as Record<string, Frozen>
const frozen = Object.values(found).sort((a, b) => a.db - b.db)

if (process.env['FREEZE'] && !frozen.some(one => one.db === UPGRADES.length)) {
  test('freezing this version', async () => {
    const {writeFile} = await import('node:fs/promises' as string) as {writeFile(path: string, text: string): Promise<void>}
    const {version} = await import('../../fieldapp/client/package.json')
    const made = await aDay(version, UPGRADES.length)
    await writeFile(`../../tests/client/frozen/db-${made.db}.json`, JSON.stringify(made, null, 1) + '\n')
  })
}

test('every version of the database has its fixture (FREEZE=1 python -m tests.client frozen)', () => {
  expect(frozen.map(one => one.db)).toEqual(UPGRADES.map((_, n) => n + 1))
})

/** A phone of that version, opened by the app of today. */
async function thawed(one: Frozen) {
  const name = databaseName(one.person)
  const old = await openDatabase(name, {upgrades: UPGRADES.slice(0, one.db), onClosed: () => undefined})
  await thaw(old, one)
  old.close()
  return openStore(one.person)
}

test.each(frozen)('what waits on a phone of database $db ($app) is sent with its exact bytes', async one => {
  const store = await thawed(one)
  const before = await outbox(store)
  expect(before.map(entry => [entry.kind, entry.state])).toEqual([
    ['establishment', 'pending'], ['establishment', 'pending'], ['commitment', 'pending'], ['inspection', 'pending'],
    ['establishment', 'quarantined'], ['inspection', 'acknowledged']])
  for (const {bytes, sealed, sha256: digest} of await store.run(db => db.getAll('bodies'))) {
    expect([await sha256(sealed), new TextEncoder().encode(sealed).byteLength]).toEqual([digest, bytes])
  }
  const again = office()
  await keepEnrolment({device: 'd', token: 'token', user: one.person, unit: UNIT})
  const exchange = openExchange(store, quiet(again))
  expect((await exchange.sync()).phase).toBe('idle')
  expect(await outboxCounts(store)).toMatchObject({waiting: 0, files_waiting: 0})
  expect(Object.keys(again.held.signed)).toHaveLength(3)       // the office is a new one: what the old one had comes again
  expect(Object.keys(again.held.files)).not.toHaveLength(0)
  store.close()
})

test.each(frozen)('a draft on a phone of database $db ($app) is resumed, and kept from then on', async one => {
  const store = await thawed({...one, person: {...one.person, id: `${one.person.id}-draft`}})
  const [draft, ...others] = await drafts(store)
  expect(others).toEqual([])
  expect(draft).toMatchObject({kind: 'inspection', establishment: 'e2', from: null})
  const open = await openDraft(store, draft!.id)
  open.change(({record}) => { record.facts.name += ', tiếp' })
  await open.flush()
  expect(await store.run(db => db.get('drafts', draft!.id))).toMatchObject({ended: null, kept_at: null})
  store.close()
})
