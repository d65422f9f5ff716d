// What pulled pages brought, told to the screens: of many pages not each by itself, because whoever shows a list of
// thousands makes it anew each time.

import {DRAFT} from '../store/backup'
import {tellPulled} from '../store/establishments'
import type {Uuid} from '../store/shapes'
import type {Store} from '../store/store'
import {REVIEW, type Ready} from './page'

/** A list that was shown is made anew when this many times as much has come. */
const MORE = 3

export class News {
  private ids = new Map<string, Uuid[]>()
  private waiting = 0
  private told = 0

  constructor(private readonly store: Store) {}

  /** To be called once a page is stored. Tells of the first page at once, then whenever MORE times as much has come. */
  add(ready: readonly Ready[]): void {
    for (const one of ready) {
      const {kind, id} = 'row' in one ? one.row : 'signed' in one ? one.signed : 'draft' in one ? {...one.draft, kind: DRAFT} : one.gone
      this.note(kind, id)
      if ('signed' in one && one.reviewed) this.note(REVIEW, id)
    }
    this.tellDrafts(ready)
    this.waiting += ready.length
    if (this.waiting >= MORE * this.told) this.tell()
  }

  /** Tells of everything that was not told yet. */
  tell(): void {
    const untold = this.ids
    this.ids = new Map()
    this.told += this.waiting
    this.waiting = 0
    untold.forEach((ids, kind) => {
      if (kind === 'establishment') tellPulled(this.store, ids)
      else this.store.feed.announce({what: 'replica', kind, ids})
    })
  }

  private note(kind: string, id: Uuid): void {
    const ids = this.ids.get(kind)
    if (ids) ids.push(id)
    else this.ids.set(kind, [id])
  }

  /** At once: somebody may be writing in one of them. */
  private tellDrafts(ready: readonly Ready[]): void {
    const ids = this.ids.get(DRAFT)
    if (!ids) return
    this.ids.delete(DRAFT)
    this.store.feed.announce({what: 'drafts', ids, left: ready.flatMap(one => 'gone' in one && one.left ? [one.gone.id] : [])})
  }
}
