// What a screen is, and what the app gives to every screen.

import type {TemplateResult} from 'lit-html'
import type {Exchange} from '../exchange/exchange'
import type {Saving} from '../store/drafts'
import type {Change} from '../store/feed'
import type {Area, Checklist, Day, Instant, Unit, Uuid} from '../store/shapes'
import type {Store} from '../store/store'

export type PlaceName = 'work' | 'places' | 'sync'

export interface Screen {
  readonly title: string
  /** Which of the three places this belongs to; they are shown at the bottom. Absent within a flow. */
  readonly place?: PlaceName
  /** Of the draft that is open here. */
  readonly saving?: Saving
  /** Stays built behind the screens that are opened from it, and is there again at once. */
  readonly stays?: boolean
  /** Where to scroll when it is entered anew. */
  readonly scroll?: number
  head(): TemplateResult
  body(): TemplateResult
  /** The one primary action. */
  act?(): TemplateResult | null
  /** Something in the store changed; the screen is drawn again when the promise resolves. */
  changed?(change: Change): void | Promise<void>
  /** Drawn and scrolled. */
  entered?(): void
  /** Makes way for another screen, which is not drawn yet. */
  close?(): void
}

/** What every screen needs to know of the commune; renewed when a pull changes it. */
export interface Commune {
  unit: Unit
  areas: Map<Uuid, Area>
  checklist: Checklist | null      // the current one; null before the first pull
}

export interface Toast { text: string; label?: string; press?: () => void }

export interface App {
  readonly store: Store
  readonly exchange: Exchange
  /** Raises StoreError not_here before the first pull has brought the unit. */
  readonly commune: Commune
  readonly communeKnown: boolean
  /** The commune's time zone, also before the commune is known. */
  readonly zone: string
  readonly today: Day
  now(): Instant
  draw(): void
  /** Once the next frame is painted: what the browser has shown by itself, a touched radio or a typed letter, and what the
   *  store tells, which comes in handfuls. Nobody waits for it. */
  drawSoon(): void
  go(path: string, options?: {replace?: boolean}): void
  back(parent: string): void
  leaveFlow(prefix: string, path: string): void
  /** A word over the dock that goes by itself; with a button it stays longer. */
  tell(toast: Toast): void
  /** Runs what may fail; a failure is told in words, and the answer is then undefined. */
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>
}

export type Opener = (app: App, params: Record<string, string>) => Promise<Screen>
