// Asking for the pages of a stream so that the link is never idle: each page's headers tell where the next one begins,
// and that one is asked for while this one is still coming, read and stored.

import type {Stream, SyncRow} from '../store/db'
import {NOTHING_SEEN} from '../store/db'
import type {Store} from '../store/store'
import {call, isObject, type Outcome, type Wire} from './api'
import type {Page} from './change'
import {advance} from './page'
import {PROTOCOL} from './push'
import {isInstant, isPoint, isRewind, type Rewound} from './receipts'

export const PAGE_ROWS = 500
/** Of what makes the phone usable, which somebody waits for: one page is stored while the next one comes. */
export const ESSENTIAL_ROWS = 250

/** Where the page after this one begins. */
type Announced = Pick<Page, 'cursor' | 'mark'>

export interface Coming {
  from: SyncRow                    // where the replica stands when the page is stored
  started: number
  outcome: Promise<Outcome<Page | Rewound>>
  /** The page after this one, asked for early; null when there is none, or the server did not say. */
  next: Promise<Coming | null>
  /** To be called once the page is stored: it lets a further one be asked for, so that few wait in memory. */
  stored(): void
}

/** Asks for the page after `from`, and early for those that follow until `stopped()`. */
export function askPages(store: Store, wire: Wire, stream: Stream, start: SyncRow, stopped: () => boolean): Coming {
  function ask(from: SyncRow, room: Promise<unknown>, storedBefore: Promise<unknown>): Coming {
    let stored = () => {}
    const isStored = new Promise<void>(resolve => { stored = resolve })
    let announce: (next: Announced | null) => void = () => {}
    const announced = new Promise<Announced | null>(resolve => { announce = resolve })
    const {[stream]: cursor, mark, trail} = from
    const body = JSON.stringify({v: PROTOCOL, device: wire.device, stream, cursor: cursor ?? NOTHING_SEEN, mark, trail,
      limit: stream === 'essentials' ? ESSENTIAL_ROWS : PAGE_ROWS})
    const request = {method: 'POST', path: 'pull', type: 'application/json', body, onHeaders: (headers: Headers) => announce(nextOf(headers))} as const
    const outcome = call(wire, request, isPage).finally(() => announce(null))
    const next = Promise.all([announced, room]).then(([page]) => (
      page && !stopped() ? ask(advance(from, stream, page), Promise.all([outcome, storedBefore]), isStored) : null))
    return {from, started: store.clock(), outcome, next, stored}
  }
  return ask(start, Promise.resolve(), Promise.resolve())
}

/** `Sync-Next: {"cursor": [seq, tag], "mark": [seq, tag]}`, sent with a page that is followed by another. */
function nextOf(headers: Headers): Announced | null {
  try {
    const {cursor, mark} = JSON.parse(headers.get('Sync-Next') ?? '{}') as Record<string, unknown>
    return isPoint(cursor) && isPoint(mark) ? {cursor, mark} : null
  } catch {
    return null
  }
}

export function isPage(body: unknown): body is Page | Rewound {
  return isRewind(body, 'pull') || (isObject(body) && body['kind'] === 'pull' && Array.isArray(body['changes'])
    && body['changes'].every(isChange) && isPoint(body['cursor']) && isPoint(body['mark'])
    && typeof body['more'] === 'boolean' && Number.isSafeInteger(body['safe']) && isInstant(body['now']))
}

function isChange(change: unknown): boolean {
  return isObject(change) && ['put', 'tombstone', 'leave'].includes(change['type'] as string)
    && typeof change['kind'] === 'string' && typeof change['id'] === 'string'
}
