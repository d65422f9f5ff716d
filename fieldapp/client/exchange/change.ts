// What a page of the pull says of a record: it came or changed, or it went (sync/PROTOCOL.md).

import type {Point} from '../store/db'
import type {Instant, Sha256, Uuid} from '../store/shapes'
import type {Repair, Review} from '../store/told'

export interface Put {
  type: 'put'; kind: string; id: string; seq: number; op?: Uuid; body: unknown
  stamps?: Record<string, [Instant, Uuid, Uuid]>
  ver?: number; sha256?: Sha256; files?: Sha256[]; raw?: string; review?: Review; repair?: Repair
}
export interface Gone { type: 'tombstone' | 'leave'; kind: string; id: string; seq: number }
export interface Page {
  kind: 'pull'; changes: (Put | Gone)[]; cursor: Point; mark: Point; more: boolean; safe: number; now: Instant
}
