// Asking for the pages of a stream so that the link is never idle: each page's headers tell where the next one begins,
// and that one is asked for while this one is still coming, read and stored.

import type {Clock} from '../store/clock'
import type {Stream, SyncRow} from '../store/db'
import {FRESH, NOTHING_SEEN} from '../store/db'
import {call, isObject, type Outcome, type Wire} from './api'
import type {Page} from './change'
import {advance} from './page'
import {PROTOCOL} from './push'
import {isInstant, isPoint, isRewind, type Rewound} from './receipts'
import {samePoint} from './trail'

/** How many rows to ask for: where nothing is here few at first, so that the list shows something soon; then more with
 *  each page, because a page costs a way there and back. */
export const ROWS: Record<Stream, {first: number; most: number}> = {essentials: {first: 125, most: 500}, history: {first: 250, most: 250}}
/** So many pages are asked for and not stored yet: enough that a phone is never waiting for the link while the link waits
 *  for the phone, few enough for its memory. */
const AHEAD = 4

/** Where the page after this one begins. */
type Announced = Pick<Page, 'cursor' | 'mark'>

export interface Coming {
  from: SyncRow                    // where the replica stands when the page is stored
  started: number
  arrived: number                  // once there is an outcome
  outcome: Promise<Outcome<Page | Rewound>>
  /** The page after this one, asked for early; null when there is none, or the server did not say. */
  next: Promise<Coming | null>
  /** To be called once the page is stored: it lets a further one be asked for. */
  stored(): void
  /** No further page is asked for. */
  stop(): void
}

/** Asks for the page after `start`, and early for those that follow. */
function askPages(clock: Clock, wire: Wire, stream: Stream, start: SyncRow): Coming {
  const stored: Promise<void>[] = []                       // of each page asked for, in order
  let stopped = false
  function ask(from: SyncRow, limit: number): Coming {
    let isStored = () => {}
    let announce: (next: Announced | null) => void = () => {}
    const announced = new Promise<Announced | null>(resolve => { announce = resolve })
    const {[stream]: cursor, mark, trail} = from
    const body = JSON.stringify({v: PROTOCOL, device: wire.device, stream, cursor: cursor ?? NOTHING_SEEN, mark, trail, limit})
    const request = {method: 'POST', path: 'pull', type: 'application/json', body, onHeaders: (headers: Headers) => announce(nextOf(headers))} as const
    const coming: Omit<Coming, 'next'> = {
      from, started: clock(), arrived: 0, stored: () => isStored(), stop: () => { stopped = true },
      outcome: call(wire, request, isPage).finally(() => { announce(null); coming.arrived = clock() }),
    }
    stored.push(new Promise(resolve => { isStored = resolve }))
    const next = Promise.all([announced, stored.at(-AHEAD)]).then(([page]) => (
      page && !stopped ? ask(advance(from, stream, page), Math.min(limit * 2, ROWS[stream].most)) : null))
    return Object.assign(coming, {next})
  }
  return ask(start, start[stream] === null ? ROWS[stream].first : ROWS[stream].most)
}

// ---- asked for before the store can take it ----

const ahead = new Map<string, Coming>()
const nameOf = ({token}: Wire, stream: Stream) => `${token} ${stream}`

/** Asks for a stream before the pull that will store it begins, so that nobody waits for both one after the other.
 *  start: where the replica will stand then; else what came is of no use, and is asked for again. */
export function askAhead(clock: Clock, wire: Wire, stream: Stream, start: SyncRow = FRESH): void {
  ahead.get(nameOf(wire, stream))?.stop()
  ahead.set(nameOf(wire, stream), askPages(clock, wire, stream, start))
}

/** The pages of a stream from where the replica stands: those that were asked for ahead, if they begin there. */
export function pagesFrom(clock: Clock, wire: Wire, stream: Stream, start: SyncRow): Coming {
  const name = nameOf(wire, stream)
  const asked = ahead.get(name)
  ahead.delete(name)
  if (asked && continues(asked.from, start, stream)) return asked
  asked?.stop()
  return askPages(clock, wire, stream, start)
}

function continues(from: SyncRow, start: SyncRow, stream: Stream): boolean {
  return samePoint(from.mark, start.mark) && samePoint(from[stream], start[stream]) && from.epoch === start.epoch
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
    && (change['type'] !== 'put' || isObject(change['body']) || typeof change['raw'] === 'string')
}
