// A draft that is open: changes are in memory at once, and written as soon as the previous write is through. A write
// that finds another tab's newer draft replays its own changes on top of it, so no tap of either is lost.

import {instant} from './clock'
import type {DraftRow} from './db'
import type {Draft, OpenDraft, Saving} from './drafts'
import {storageFailure, StoreError} from './errors'
import {openJson, sealJson} from './seal'
import type {Commitment, Inspection, Sha256} from './shapes'
import type {Store} from './store'

type Recipe<D> = (draft: D) => void

/** The files that a record names. */
export function filesOf(record: Inspection | Commitment): Sha256[] {
  const named = 'answers' in record
    ? [...Object.keys(record.photos), ...Object.values(record.answers).flatMap(answer => answer.files),
      ...record.signatures.map(signature => signature.file)]
    : [...record.scans, ...(record.signature === null ? [] : [record.signature])]
  return [...new Set(named)]
}

/** The row that holds a draft. */
export async function draftRow(draft: Draft, rev: number): Promise<DraftRow> {
  return {
    id: draft.id, kind: draft.kind, establishment: draft.establishment, rev,
    about: draft.kind === 'inspection' ? draft.record.amends : draft.record.inspection,
    files: filesOf(draft.record), updated_at: draft.updated_at, dropped_at: null, sealed: await sealJson(draft),
  }
}

/** An open draft, and what signing needs beyond the screens. */
export interface Editing<D extends Draft = Draft> extends OpenDraft<D> {
  /** The revision on disk that `value` is, once flushed. */
  readonly rev: number
  /** Takes another tab's version when this one has nothing unwritten. */
  refresh(): Promise<void>
}

export function edit<D extends Draft>(store: Store, stored: D, storedRev: number): Editing<D> {
  let base = stored
  let rev = storedRev
  let value = stored
  let queue: Recipe<D>[] = []
  let saving: Saving = {state: 'saved'}
  let writing: Promise<void> | null = null
  const listeners = new Set<() => void>()
  const tell = () => listeners.forEach(listener => listener())

  async function reload(): Promise<void> {
    const row = await store.run(db => db.get('drafts', base.id))
    if (!row || row.dropped_at !== null) throw new StoreError('draft_gone')
    if (row.rev === rev) return
    base = await openJson<D>(row.sealed)
    rev = row.rev
    value = queue.reduce(changed, base)
  }

  async function writeOnce(): Promise<void> {
    const written = {...value, updated_at: instant(store.clock())}
    const count = queue.length
    const row = await draftRow(written, rev + 1)
    if (!await putIfUnchanged(store, row)) return reload()
    base = written
    rev = row.rev
    queue = queue.slice(count)
    if (queue.length === 0) value = base
  }

  async function write(): Promise<void> {
    try {
      while (queue.length > 0) await writeOnce()
      saving = {state: 'saved'}
    } catch (failure) {
      const error = storageFailure(failure)
      saving = {state: 'failed', code: error.code}
      throw error
    } finally {
      writing = null
      tell()
    }
    store.feed.announce({what: 'drafts', ids: [base.id]})
  }

  function save(): Promise<void> {
    if (queue.length === 0) return writing ?? Promise.resolve()
    saving = {state: 'saving'}
    return writing ??= write()
  }

  return {
    id: stored.id,
    get value() { return value },
    get rev() { return rev },
    get saving() { return saving },
    change(recipe) {
      queue.push(recipe)
      value = changed(value, recipe)
      save().catch(() => undefined)      // told through `saving`
      tell()
    },
    flush: save,
    async refresh() {
      if (queue.length > 0 || writing) return
      const before = value
      await reload()
      if (value !== before) tell()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    close: save,
  }
}

function changed<D extends Draft>(draft: D, recipe: Recipe<D>): D {
  const copy = JSON.parse(JSON.stringify(draft)) as D
  recipe(copy)
  return copy
}

/** Writes the row over its previous revision; false when another tab wrote meanwhile. Raises draft_gone. */
async function putIfUnchanged(store: Store, row: DraftRow): Promise<boolean> {
  return store.write(['drafts'], async tx => {
    const there = await tx.objectStore('drafts').get(row.id)
    if (!there || there.dropped_at !== null) throw new StoreError('draft_gone')
    if (there.rev === row.rev && there.sealed === row.sealed) return true   // written just before the connection broke
    if (there.rev !== row.rev - 1) return false
    await tx.objectStore('drafts').put(row)
    return true
  })
}

