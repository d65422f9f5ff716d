// Edits of establishments: patches of single fields, based on what the editor saw.

import {instant} from './clock'
import {newId} from './digest'
import {openDraft, openDrafts, type Draft} from './drafts'
import {StoreError} from './errors'
import {forget, jot, written} from './jottings'
import {enqueue, prepare, type Prepared} from './queue'
import {establishment, stampsOf, type Patch} from './replica'
import {openJson} from './seal'
import type {Establishment, Facts, Uuid} from './shapes'
import type {Store} from './store'

const PHONE_FIELDS = [
  'representative', 'representative_role', 'phone', 'rooms', 'employees', 'employees_with_contract',
  'latitude', 'longitude', 'note',
] as const satisfies readonly (keyof Establishment)[]
export type PhoneFields = Pick<Establishment, (typeof PHONE_FIELDS)[number]>

/** What else the phone that found an establishment may write until the office has placed it under management. */
export const IDENTITY_FIELDS = ['name', 'type', 'address', 'area'] as const satisfies readonly (keyof Establishment)[]
export type NewEstablishment = Pick<Establishment, 'name' | 'type'> & Partial<Pick<Establishment, (typeof IDENTITY_FIELDS)[number]> & PhoneFields>

const FACT_FIELDS = [
  'name', 'type', 'address', 'representative', 'representative_role', 'phone', 'rooms', 'employees', 'employees_with_contract',
] as const

/** Queues an establishment that was found in the field: it is shown at once and can be inspected, and the office decides
 *  about it. form: where it was typed, which is forgotten with that. Resolves with its id. Raises StoreError. */
export async function addEstablishment(store: Store, fields: NewEstablishment, form?: string): Promise<Uuid> {
  const [id, at] = [newId(), await store.now()]
  const given = Object.entries(fields).filter(([, v]) => v !== undefined && v !== null && v !== '')
  const patch: Patch = {id, fields: Object.fromEntries(given.map(([field, v]) => [field, {v, at, base: null}]))}
  await queue(store, await prepare(store, {kind: 'establishment', record: id, establishment: id, edited: Object.keys(patch.fields)}, patch), {form})
  return id
}

/** Queues a patch of the fields that differ from what is shown, and shows it at once. Open drafts of the establishment
 *  take the new facts. form: where it was typed, which is forgotten with that. Resolves with the op, or null when nothing
 *  differs. Raises StoreError. */
export async function editEstablishment(store: Store, id: Uuid, fields: Partial<NewEstablishment>, form?: string): Promise<Uuid | null> {
  const [shown, stamps, now] = await Promise.all([establishment(store, id), stampsOf(store, id), store.now()])
  const patch: Patch = {id, fields: {}}
  for (const field of [...PHONE_FIELDS, ...IDENTITY_FIELDS]) {
    const v = fields[field]
    if (v === undefined || v === shown[field]) continue
    const seen = stamps[field]
    patch.fields[field] = {v, at: later(now, seen?.at), base: seen?.op ?? null}
  }
  const edited = Object.keys(patch.fields)
  if (edited.length === 0) {
    if (form !== undefined) await jot(store, form, null)
    return null
  }
  const prepared = await prepare(store, {kind: 'establishment', record: id, establishment: id, edited}, patch)
  await queue(store, prepared, {form})
  await refreshFacts(store, id, fields)
  return prepared.op.op
}

/** In place of a quarantined patch, queues the same without the fields that the office refused. The old op stays, as
 *  settled, until the office has decided. Resolves with the new op, or null when nothing is left to send. */
export async function resendWithout(store: Store, op: Uuid, refused: string[]): Promise<Uuid | null> {
  const row = await store.run(db => db.getFromIndex('outbox', 'op', op))
  const body = row && await store.run(db => db.get('bodies', row.sha256))
  if (!row || !body || row.kind !== 'establishment' || row.state !== 'quarantined') throw new StoreError('not_here')
  const patch = await openJson<Patch>(body.sealed)
  const left = Object.entries(patch.fields).filter(([field]) => !refused.includes(field))
  const prepared = left.length === 0 ? null : await prepare(store,
    {kind: row.kind, record: row.record, establishment: row.establishment, edited: left.map(([field]) => field)},
    {...patch, fields: Object.fromEntries(left)})
  await queue(store, prepared, {inPlaceOf: op})
  return prepared?.op.op ?? null
}

async function queue(
  store: Store, prepared: Prepared | null, {inPlaceOf, form}: {inPlaceOf?: Uuid; form?: string | undefined}): Promise<void> {
  await written(store)
  const touched = await store.write(['outbox', 'bodies', 'jottings'], async tx => {
    const outbox = tx.objectStore('outbox')
    const old = inPlaceOf === undefined ? undefined : await outbox.index('op').get(inPlaceOf)
    if (old?.settled) return []                          // pressed twice, or in two tabs
    if (old) await outbox.put({...old, settled: true})
    if (prepared) await enqueue(tx, prepared)
    await forget(tx, form)
    return [(prepared?.op ?? old)!.record]
  }, 'strict')
  store.feed.announce({what: 'replica', kind: 'establishment', ids: touched})
  store.feed.announce({what: 'outbox', queued: true})
}

/** The instant now, but in any case later than what the editor saw. */
function later(now: string, seen: string | undefined): string {
  return seen !== undefined && seen >= now ? instant(Date.parse(seen) + 1) : now
}

/** Unsigned records of the same visit must not freeze what was just corrected. */
async function refreshFacts(store: Store, id: Uuid, fields: Partial<NewEstablishment>): Promise<void> {
  const facts: Partial<Facts> = Object.fromEntries(FACT_FIELDS.filter(field => fields[field] !== undefined).map(field => [field, fields[field]]))
  const rows = await store.run(db => db.getAllFromIndex('drafts', 'establishment', id))
  for (const row of rows.filter(draft => draft.dropped_at === null)) {
    const draft = openDrafts(store).get(row.id) ?? await openDraft(store, row.id)
    draft.change((changing: Draft) => { Object.assign(changing.record.facts, facts) })
    await draft.flush()
  }
}
