// Lists by area or by type, each group with how many of it have been inspected this year.

import {typeName} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import type {Group} from '../widgets/ledger'
import type {Entry} from './entries'

/** By area, in the order of their names. of: the entries that n/N counts, also those that a filter hides. */
export function groupsByArea(app: App, shown: readonly Entry[], of: readonly Entry[]): Group<Entry>[] {
  const {areas, unit} = app.commune
  const known = [...areas.values()].map(area => ({key: area.id, title: area.name, aside: area.is_border_area ? say.border : ''}))
  return grouped(shown, of, [...known, {key: '', title: say.no_area(unit.area_word), aside: ''}], ({establishment}) =>
    establishment.area && areas.has(establishment.area) ? establishment.area : '')
}

/** By type, in the order of the checklist. */
export function groupsByType(app: App, shown: readonly Entry[], of: readonly Entry[]): Group<Entry>[] {
  const types = app.commune.checklist?.types ?? []
  const titles = types.map(({code}) => ({key: code, title: typeName(app.commune, code), aside: ''}))
  return grouped(shown, of, [...titles, {key: '', title: say.unknown, aside: ''}], ({establishment}) =>
    types.some(type => type.code === establishment.type) ? establishment.type : '')
}

interface Title { key: string; title: string; aside: string }

function grouped(shown: readonly Entry[], of: readonly Entry[], titles: readonly Title[], keyOf: (entry: Entry) => string): Group<Entry>[] {
  const rows = bucket(shown, keyOf)
  const whole = bucket(of, keyOf)
  return titles.flatMap(({key, title, aside}) => {
    const here = rows.get(key)
    if (!here) return []
    const managed = (whole.get(key) ?? []).filter(entry => entry.managed)
    const done = managed.filter(entry => entry.standing.inspected_on !== null).length
    return [{
      key: key || 'none', title, aside, rows: here, count: say.inspected_of(done, managed.length),
      progress: {done, total: managed.length, label: say.inspected_of_long(title, done, managed.length)},
    }]
  })
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
