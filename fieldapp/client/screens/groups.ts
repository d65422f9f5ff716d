// Lists by area or by type, each group with how many of it have been inspected this year.

import {typeName} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import type {Group} from '../widgets/ledger'
import type {Entry} from './entries'

/** By area, in the order of their names. of: the entries that n/N counts, also those that a filter hides. */
export function groupsByArea(app: App, shown: readonly Entry[], of: readonly Entry[]): Group<Entry>[] {
  const {areas, unit} = app.commune
  const known = [...areas.values()].map(area => ({key: area.id, title: area.name, aside: area.is_border_area ? say.border
    : ''}))
  return grouped(shown, of, [...known, {key: '', title: say.no_area(unit.area_word), aside: ''}], areaOf)
}

/** By type, in the order of the checklist. */
export function groupsByType(app: App, shown: readonly Entry[], of: readonly Entry[]): Group<Entry>[] {
  const types = app.commune.checklist?.types ?? []
  const titles = types.map(({code}) => ({key: code, title: typeName(app.commune, code), aside: ''}))
  return grouped(shown, of, titles, typeOf)
}

const areaOf = ({establishment}: Entry) => establishment.area ?? ''
const typeOf = ({establishment}: Entry) => establishment.type

interface Title { key: string; title: string; aside: string }

function grouped(shown: readonly Entry[], of: readonly Entry[], titles: readonly Title[],
  keyOf: (entry: Entry) => string): Group<Entry>[] {
  const rows = bucket(shown, keyOf)
  const tallies = tally(of, keyOf)
  return titles.flatMap(({key, title, aside}) => {
    const here = rows.get(key)
    if (!here) return []
    const {done, total} = tallies.get(key) ?? {done: 0, total: 0}
    return [{
      key: key || 'none', title, aside, rows: here, count: say.inspected_of(done, total),
      progress: {done, total, label: say.inspected_of_long(title, done, total)},
    }]
  })
}

interface Tally { done: number; total: number }

// The same entries are counted at every key press of a search: once is enough.
const counted = new WeakMap<readonly Entry[], Map<(entry: Entry) => string, Map<string, Tally>>>()

/** How many of each group are under management, and how many of those have been inspected this year. */
function tally(of: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Tally> {
  const kept = counted.get(of) ?? new Map<(entry: Entry) => string, Map<string, Tally>>()
  counted.set(of, kept)
  const known = kept.get(keyOf)
  if (known) return known
  const tallies = new Map<string, Tally>()
  for (const entry of of) {
    if (!entry.managed) continue
    const key = keyOf(entry)
    const there = tallies.get(key) ?? {done: 0, total: 0}
    there.total += 1
    if (entry.standing.inspected_on !== null) there.done += 1
    tallies.set(key, there)
  }
  kept.set(keyOf, tallies)
  return tallies
}

function bucket(entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Entry[]> {
  const buckets = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const there = buckets.get(key)
    if (there) there.push(entry)
    else buckets.set(key, [entry])
  }
  return buckets
}
