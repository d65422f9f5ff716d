// Time as the phone tells it and as the server does. A phone's clock may be hours or years wrong, so instants that
// decide something are corrected by what the server last said.

import type {Instant} from './shapes'

/** Milliseconds since 1970 by the device's own clock; replaced in tests. */
export type Clock = () => number

export const deviceClock: Clock = () => Date.now()

/** An instant as it is stored and sent: UTC with milliseconds, so that text order is time order. */
export function instant(ms: number): Instant {
  return new Date(ms).toISOString()
}
