// The device's side of the contract, held together with the Python replica by the same examples (tests/vectors).

import {expect, test} from 'vitest'
import {call} from '../../fieldapp/client/exchange/api'
import {isPage} from '../../fieldapp/client/exchange/pages'
import {prune} from '../../fieldapp/client/exchange/prune'
import {applyReceipts, EXCHANGED, isPushAnswer, type Receipt, type Stores} from '../../fieldapp/client/exchange/receipts'
import {rewind, spareOps} from '../../fieldapp/client/exchange/rewind'
import {FRESH, type FileRow, type FileState, type OpRow, type Point, type SyncRow} from '../../fieldapp/client/store/db'
import {openStore} from '../../fieldapp/client/store/open'
import {editEstablishment} from '../../fieldapp/client/store/edits'
import {prepare} from '../../fieldapp/client/store/queue'
import {establishment as shown, type Patch} from '../../fieldapp/client/store/replica'
import {openJson, sealJson} from '../../fieldapp/client/store/seal'
import type {Store} from '../../fieldapp/client/store/store'
import answers from '../vectors/answers.json'
import edits from '../vectors/edits.json'
import pruned from '../vectors/prune.json'
import receipts from '../vectors/receipts.json'
import rewinds from '../vectors/rewind.json'
import {establishment, person} from './cast'

const LONG_AGO = '2020-01-01T00:00:00.000Z'
const NOW = '2026-11-21T09:00:00.000Z'

interface Op { op: string; sha256?: string; state: string; seq: number; files?: string[]; decided?: boolean; eff?: Record<string, string> | null }
type SignedOp = string | {op: string; sha256: string}
interface Kept { file: string; state: string; seq: number | null }

const phone = (now = NOW): Promise<Store> => openStore(person(), {clock: () => Date.parse(now)})

function opRow(store: Store, {op, sha256 = op, state, seq, files = [], decided = false, eff = null}: Op): OpRow {
  return {
    op, kind: 'inspection', ver: 1, sha256, bytes: 1, files, record: op, establishment: 'e1', edited: [], own: true,
    state: state as OpRow['state'], seq, status: null, decided, why: null, fields: null, conflicts: [], eff,
    created_at: instantOf(store), attempted_at: null, error: null, receipted_at: null, settled: false,
  }
}

const instantOf = (store: Store) => new Date(store.clock()).toISOString()

const fileRow = ({file, state, seq}: Kept): FileRow =>
  ({sha256: file, type: 'image/jpeg', size: 1, state: state as FileState, seq, error: null, kept_at: LONG_AGO})

/** Puts a phone into the state that a vector begins with. */
async function begin(store: Store, ops: Op[], files: Kept[], sync: Partial<SyncRow> = {}, signed: SignedOp[] = []): Promise<void> {
  const sealed = await sealJson({})
  await store.write([...EXCHANGED], async tx => {
    await tx.objectStore('state').put({...FRESH, ...sync})
    for (const op of ops) await tx.objectStore('outbox').add(opRow(store, op))
    for (const file of files) await tx.objectStore('files').put(fileRow(file))
    for (const one of signed) {
      const {op, sha256} = typeof one === 'string' ? {op: one, sha256: one} : one
      await tx.objectStore('signed').put({
        id: sha256, kind: 'inspection', op, ver: 1, sha256, establishment: 'e1', files: [], signed_at: LONG_AGO, own: false})
      await tx.objectStore('bodies').put({sha256, bytes: 1, sealed})
    }
  })
}

const within = (store: Store, work: (tx: Stores) => Promise<unknown>) => store.write([...EXCHANGED], tx => work(tx))

const held = (store: Store) => store.run(db => Promise.all([db.getAll('outbox'), db.getAll('files'), db.get('state', 'sync')]))

const named = (ops: OpRow[], state: string) => ops.filter(op => op.state === state).map(op => op.op).sort()

test.each(receipts)('a receipt: $what', async ({op, files, receipt, after, files_after}) => {
  const store = await phone()
  const kept = Object.entries(files as Record<string, Omit<Kept, 'file'>>).map(([file, row]) => ({file, ...row}))
  await begin(store, [{op: 'op', seq: 0, ...op} as Op], kept)
  const answer = {kind: 'push' as const, mark: [9, 'i'] as Point, safe: 0, now: NOW, receipts: [{op: 'op', ...receipt} as unknown as Receipt]}
  await within(store, tx => applyReceipts(tx, FRESH.mark, answer, 0, NOW))
  const [ops, rows] = await held(store)
  if (after === null) expect(ops).toEqual([])
  else expect(ops).toMatchObject([after])
  expect(Object.fromEntries(rows.map(({sha256, state, seq}) => [sha256, {state, seq}]))).toEqual(files_after)
})

test.each(pruned)('pruning: $what', async ({safe, essentials, files, outbox, left}) => {
  const store = await phone()
  const sync = {safe, essentials: essentials === null ? null : [essentials, ''] as Point}
  await begin(store, outbox as Op[], files, sync)
  await within(store, tx => prune(tx, {...FRESH, ...sync}, NOW))
  const [ops, rows] = await held(store)
  expect(ops.map(op => op.op).sort()).toEqual([...left.outbox].sort())
  expect(rows.map(row => row.sha256).sort()).toEqual([...left.files].sort())
})

test.each(rewinds)('a rewind: $what', async ({device, common, after}) => {
  const store = await phone()
  const {outbox, signed, files, ...sync} = device
  await begin(store, outbox as Op[], files as Kept[], sync as unknown as SyncRow, signed)
  const spare = await spareOps(store)
  await within(store, tx => rewind(tx, {...FRESH, ...sync as unknown as SyncRow}, common as Point, spare, NOW))
  const [ops, rows, stands] = await held(store)
  expect(stands).toMatchObject({mark: after.mark, trail: after.trail, safe: after.safe, essentials: null, history: null, whole: false})
  for (const state of ['pending', 'acknowledged', 'quarantined'] as const) expect(named(ops, state)).toEqual([...after[state]].sort())
  expect(rows.filter(row => row.state === 'pending').map(row => row.sha256).sort()).toEqual([...after.files_pending].sort())
})

interface Answer {
  call: string; ops?: string[]; status: number; json?: unknown; text?: string; type?: string; retry_after?: string
  is: string; code?: string; after_s?: number
}

test.each(answers as (Answer & {what: string})[])('an answer: $what', async ({call: path, ops = [], status, json, text, type, retry_after, is, code, after_s}) => {
  const headers = {'Content-Type': type ?? 'application/json', ...retry_after && {'Retry-After': retry_after}}
  const fetch = async () => new Response(text ?? JSON.stringify(json), {status, headers})
  const store = await phone()
  const sent = ops.map(op => opRow(store, {op, state: 'pending', seq: 0}))
  const expected = path === 'push' ? isPushAnswer(sent) : isPage
  const outcome = await call({fetch, device: 'd', token: 't'}, {method: 'POST', path}, expected as (body: unknown) => body is unknown)
  expect(outcome).toMatchObject({is, ...code && {code}, ...after_s && {after_s}})
})

test.each(edits)('an edit: $what', async ({clock, offset_ms, pulled, own, shown: value, edit}) => {
  const store = await phone(clock)
  const stamps = pulled.stamp ? {phone: {at: pulled.stamp[0]!, device: pulled.stamp[1]!, op: pulled.stamp[2]!}} : {}
  const row = await sealJson({body: establishment('e1', {phone: pulled.v}), stamps})
  const patches = await Promise.all(own.map(async ({op, state, seq, v, at, eff, conflict}) => {
    const patch: Patch = {id: 'e1', fields: {phone: {v, at, base: null}}}
    const made = await prepare(store, {kind: 'establishment', record: 'e1', establishment: 'e1', edited: ['phone']}, patch)
    return {body: made.body, op: {...made.op, op, state: state as OpRow['state'], seq, eff: eff ? {phone: eff} : null, conflicts: conflict ? ['phone'] : []}}
  }))
  await store.write([...EXCHANGED], async tx => {
    await tx.objectStore('state').put({...FRESH, essentials: [pulled.seq, ''], offset_ms})
    await tx.objectStore('records').put({kind: 'establishment', id: 'e1', epoch: 0, sealed: row})
    for (const {op, body} of patches) await Promise.all([tx.objectStore('outbox').add(op), tx.objectStore('bodies').put(body)])
  })
  expect((await shown(store, 'e1')).phone).toBe(value)
  const op = await editEstablishment(store, 'e1', {phone: edit.v})
  if (edit.at === null) return expect(op).toBeNull()
  const made = (await held(store))[0].find(one => one.op === op)!
  const body = await store.run(db => db.get('bodies', made.sha256))
  expect((await openJson<Patch>(body!.sealed)).fields).toEqual({phone: edit})
})
