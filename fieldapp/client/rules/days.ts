// Calendar days of the commune. Days are YYYY-MM-DD, instants ISO 8601; a day is that of the unit's time zone.

import type {Day, Instant} from '../store/shapes'

/** The zone of the whole country, which holds until the commune's own is known. */
export const USUAL_ZONE = 'Asia/Ho_Chi_Minh'

/** The local day of an instant. */
export function localDay(at: Instant | number, timeZone: string): Day {
  return localText(at, timeZone).slice(0, 10)
}

/** The local time of an instant as "15:38". */
export function localTime(at: Instant | number, timeZone: string): string {
  return localText(at, timeZone).slice(11, 16)
}

/** Hours that the usual zone is ahead of UTC. They have not changed since 1975, and no formatter has to be made. */
const STEADY_HOURS = 7
const STEADY_SINCE = Date.UTC(1975, 11, 31)

/** An instant by the clocks of a zone, beginning with "2026-11-21T15:38". */
function localText(at: Instant | number, timeZone: string): string {
  const ms = typeof at === 'number' ? at : Date.parse(at)
  if (timeZone === USUAL_ZONE && ms > STEADY_SINCE) return new Date(ms + STEADY_HOURS * 3_600_000).toISOString()
  const parts = parser(timeZone).formatToParts(ms)
  const part = (type: string) => parts.find(p => p.type === type)!.value
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

const parsers = new Map<string, Intl.DateTimeFormat>()

// Making a formatter is slow on old phones, and lists ask for thousands of days.
function parser(timeZone: string): Intl.DateTimeFormat {
  let found = parsers.get(timeZone)
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
    })
    parsers.set(timeZone, found)
  }
  return found
}

/** "05/03/2026". */
export function dayText(day: Day): string {
  const [year, month, date] = day.split('-')
  return `${date}/${month}/${year}`
}

/** The day so many days later (or earlier). */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day + 'T00:00:00Z') + days * 86_400_000).toISOString().slice(0, 10)
}

/** Days from one day to another; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to + 'T00:00:00Z') - Date.parse(from + 'T00:00:00Z')) / 86_400_000)
}
