// When an establishment is due: what is planned for it against the visits that took place. The office's schedule.py says
// the same of what is done.

import type {Day, ScheduleEntry, Seen, Team, Unit, Uuid} from '../store/shapes'

type DueState = 'overdue' | 'today' | 'this_month' | 'later'

export interface Due {
  state: DueState
  entry: ScheduleEntry
  mine: boolean                    // assigned to this person
}

/** The entry of this year or later to do next at an establishment, or null where nothing is planned or all is done.
 *
 *  entries: its entries. visits: those that stand, own signed ones included, as rules/standing.ts gets them.
 *  overdue: its day or its month has passed; today: planned for this very day; this_month: some day of this month. */
export function due(entries: readonly ScheduleEntry[], visits: readonly Seen[], today: Day, person: Uuid): Due | null {
  const done = fulfilled(entries, visits)
  const waiting = inOrder(entries).filter(entry => !done.has(entry.id) && entry.month >= today.slice(0, 4))
    .sort((a, b) => (a.day ?? a.month + '-99') < (b.day ?? b.month + '-99') ? -1 : 1)
  const entry = waiting[0]
  return entry ? {state: stateOf(entry, today), entry, mine: entry.inspectors.includes(person)} : null
}

function stateOf({day, month}: ScheduleEntry, today: Day): DueState {
  const now = today.slice(0, 7)
  if (month < now || (day !== null && day < today)) return 'overdue'
  if (day === today) return 'today'
  return month === now ? 'this_month' : 'later'
}

/** Entry id -> the day of the visit that fulfils it; a visit fulfils one entry.
 *
 *  The entry of the earliest month takes the earliest visit since its day in which one of its bodies took part: one
 *  that counts, or, for a follow-up, any that was conducted. */
export function fulfilled(entries: readonly ScheduleEntry[], visits: readonly Seen[]): Map<Uuid, Day> {
  let left = visits.filter(visit => visit.outcome === 'conducted')
    .sort((a, b) => a.visited_on === b.visited_on ? 0 : a.visited_on < b.visited_on ? -1 : 1)
  const done = new Map<Uuid, Day>()
  for (const entry of inOrder(entries)) {
    const visit = left.find(one => (one.counted || entry.kind === 'follow_up') && one.visited_on >= entry.since
      && shares(one.bodies, entry.bodies))
    if (!visit) continue
    done.set(entry.id, visit.visited_on)
    left = left.filter(one => !(one.visited_on === visit.visited_on && shares(one.bodies, visit.bodies)))
  }
  return done
}

function inOrder(entries: readonly ScheduleEntry[]): ScheduleEntry[] {
  return [...entries].sort((a, b) => a.month + a.id < b.month + b.id ? -1 : 1)
}

function shares(some: readonly string[], others: readonly string[]): boolean {
  return some.some(body => others.includes(body))
}

/** The team of a day, by the decision in force then that took effect last; null before the office has entered one. */
export function teamOn(unit: Unit, day: Day): Team | null {
  return unit.teams?.find(team => team.valid_from <= day && (team.valid_until === null || day <= team.valid_until)) ?? null
}
