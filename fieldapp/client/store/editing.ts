// A draft that is open: changes are in memory at once, and written as soon as the previous write is through. A write
// that finds another tab's newer draft replays its own changes on top of it, so no tap of either is lost.

import {instant} from './clock'
import type {DraftRow} from './db'
import type {Draft, OpenDraft, Saving} from './draft'
import {storageFailure, StoreError} from './errors'
import {openJson, sealJson} from './seal'
import type {Commitment, Inspection, Sha256, Uuid} from './shapes'
import type {Store} from './store'

/** Until a write that failed is tried again by itself. */
const RETRY_MS = 5_000

type Recipe<D> = (draft: D) => void

/** The files that a record names. */
export function filesOf(record: Inspection | Commitment): Sha256[] {
  const named = 'answers' in record
    ? [...Object.keys(record.photos), ...Object.values(record.answers).flatMap(answer => answer.files),
      ...Object.values(record.remedies ?? {}).flatMap(remedy => remedy.files),
      ...record.signatures.map(signature => signature.file)]
    : [...record.scans, ...(record.signature === null ? [] : [record.signature])]
  return [...new Set(named)]
}

/** The parts of a draft's row that change with the draft. */
type Written = Omit<DraftRow, 'ended' | 'over' | 'kept_rev' | 'kept_sum' | 'kept_at' | 'from'>

export async function draftRow(draft: Draft, rev: number): Promise<Written> {
  return {
    id: draft.id, kind: draft.kind, establishment: draft.establishment, rev,
    about: draft.kind === 'inspection' ? draft.record.amends : draft.record.inspection,
    files: filesOf(draft.record), updated_at: draft.updated_at, dropped_at: null, sealed: await sealJson(draft),
  }
}

/** The draft in a row. Its ids are the row's: a draft that was kept beside another one has got a new one. */
export async function draftOf<D extends Draft>({person}: Store, {id, sealed}: DraftRow): Promise<D> {
  const draft = await openJson<D>(sealed)
  return {...draft, id, record: {...draft.record, id, author: person.id}}
}

/** An open draft, and what signing needs beyond the screens. */
export interface Editing<D extends Draft = Draft> extends OpenDraft<D> {
  /** The revision on disk that `value` is, once flushed. */
  readonly rev: number
  /** Takes another tab's version when this one has nothing unwritten. */
  refresh(): Promise<void>
  /** Goes on under another id. */
  moveTo(id: Uuid): Promise<void>
}

export function edit<D extends Draft>(store: Store, stored: D, storedRev: number): Editing<D> {
  return new DraftEditing(store, stored, storedRev)
}

class DraftEditing<D extends Draft> implements Editing<D> {
  id: Uuid
  value: D
  saving: Saving = {state: 'saved'}
  private base: D                            // what is on disk as `rev`; `value` is `base` and the changes in `queue`
  private queue: Recipe<D>[] = []
  private writing: Promise<void> | null = null
  private readonly listeners = new Set<() => void>()

  constructor(private readonly store: Store, stored: D, public rev: number) {
    this.id = stored.id
    this.base = this.value = stored
  }

  change(recipe: Recipe<D>): void {
    this.queue.push(recipe)
    this.value = changed(this.value, recipe)
    this.flush().catch(() => undefined)      // told through `saving`
    this.tell()
  }

  flush(): Promise<void> {
    if (this.queue.length === 0) return this.writing ?? Promise.resolve()
    if (this.saving.state === 'saved') this.saving = {state: 'saving'}
    return this.writing ??= this.write()
  }

  close(): Promise<void> { return this.flush() }

  subscribe(listener: () => void): () => void {
    const own = () => listener()             // two screens may hand in the same function, and one of them leaves
    this.listeners.add(own)
    return () => { this.listeners.delete(own) }
  }

  async refresh(): Promise<void> {
    if (this.queue.length === 0 && !this.writing) await this.reload()
  }

  async moveTo(id: Uuid): Promise<void> {
    await this.writing?.catch(() => undefined)
    this.id = id
    this.rev = -1
    await this.reload()
    await this.flush()
  }

  private async write(): Promise<void> {
    try {
      while (this.queue.length > 0) await this.writeOnce()
      this.become({state: 'saved'})
    } catch (failure) {
      const error = storageFailure(failure)
      this.become({state: 'failed', code: error.code})
      if (error.code.startsWith('storage_')) setTimeout(() => this.flush().catch(() => undefined), RETRY_MS)
      throw error
    } finally {
      this.writing = null
    }
    this.store.feed.announce({what: 'drafts', ids: [this.id], rev: this.rev})
  }

  private async writeOnce(): Promise<void> {
    const written = {...this.value, updated_at: instant(this.store.clock())}
    const count = this.queue.length
    const row = await draftRow(written, this.rev + 1)
    if (!await putIfUnchanged(this.store, row)) return this.reload()
    this.base = written
    this.rev = row.rev
    this.queue = this.queue.slice(count)
    if (this.queue.length === 0) this.value = this.base
  }

  private async reload(): Promise<void> {
    const row = await this.store.run(db => db.get('drafts', this.id))
    if (!row || row.dropped_at !== null) throw new StoreError('draft_gone')
    if (row.rev === this.rev) return
    this.base = await draftOf<D>(this.store, row)
    this.rev = row.rev
    this.value = this.queue.reduce(changed, this.base)
    this.tell()
  }

  /** Whoever shows the draft shows the same before and after a write that went well. */
  private become(saving: Saving): void {
    const worth = saving.state === 'failed' || this.saving.state === 'failed'
    this.saving = saving
    if (worth) this.tell()
  }

  private tell(): void { this.listeners.forEach(listener => listener()) }
}

/** In one go with what is said, so that no draft with words in it passes for one that was only looked at. */
function changed<D extends Draft>(draft: D, recipe: Recipe<D>): D {
  const copy = JSON.parse(JSON.stringify(draft)) as D
  recipe(copy)
  if (copy.place.untouched && said(copy) !== said(draft)) delete copy.place.untouched
  return copy
}

function said({record, ink}: Draft): string { return JSON.stringify([record, ink]) }

/** Writes the row over its previous revision; false when another tab wrote meanwhile. Raises draft_gone. */
async function putIfUnchanged(store: Store, row: Written): Promise<boolean> {
  return store.write(['drafts'], async tx => {
    const there = await tx.objectStore('drafts').get(row.id)
    if (!there || there.dropped_at !== null) throw new StoreError('draft_gone')
    if (there.rev === row.rev && there.sealed === row.sealed) return true   // written just before the connection broke
    if (there.rev < row.rev - 1) throw new StoreError('draft_gone')   // another draft has this id by now
    if (there.rev !== row.rev - 1) return false
    await tx.objectStore('drafts').put({...there, ...row})
    return true
  })
}

