// What the lists, their order and their search need of an establishment: little enough that five thousand are at hand
// before anybody waits for them. The rest of one is read when it is opened.

import {fold} from '../rules/search'
import type {Day, Establishment, Listed, Seen} from './shapes'

/** The order that lists have. */
export function byCode(a: Listed, b: Listed): number {
  return a.code < b.code ? -1 : a.code > b.code ? 1 : a.id < b.id ? -1 : 1
}

export function listed(one: Establishment): Listed {
  const {id, code, name, type, address, area, entity, status, review_state, managed_since, managed_until, latitude, longitude, summary} = one
  return {
    id, code, name, type, address, area, entity, status, review_state, managed_since, managed_until, latitude, longitude, text: null,
    summary: {
      visits: summary.visits.map(({visited_on, bodies, outcome, counted}) => ({visited_on, bodies, outcome, counted})),
      findings: summary.findings.map(({due_on}) => ({due_on})),
    },
  }
}

/** What a search finds an establishment by, its area apart, which may get another name. */
export function searchText(one: Listed): string {
  return one.text ??= fold(`${one.name} ${one.address} ${one.code}`)
}

// ---- a whole list as little text as it takes ----

/** A value said once, and where it stands: `of[at[n]]` is the nth. */
interface Repeated<T> { of: T[]; at: number[] }

export interface Packed {
  id: Listed['id'][]
  code: Listed['code'][]
  name: Listed['name'][]
  address: Listed['address'][]
  entity: Listed['entity'][]
  latitude: Listed['latitude'][]
  longitude: Listed['longitude'][]
  type: Repeated<Listed['type']>
  area: Repeated<Listed['area']>
  standing: Repeated<Pick<Listed, 'status' | 'review_state' | 'managed_since' | 'managed_until'>>
  visits: {of: Seen[]; at: number[][]}
  findings: {of: {due_on: Day}[]; at: number[][]}
}

interface Packing { packed: Packed; add(one: Listed): void }

/** Packs one after another, so that a long list can be packed in slices that nobody feels. */
export function packing(): Packing {
  const packed: Packed = {
    id: [], code: [], name: [], address: [], entity: [], latitude: [], longitude: [], type: {of: [], at: []}, area: {of: [], at: []},
    standing: {of: [], at: []}, visits: {of: [], at: []}, findings: {of: [], at: []},
  }
  const {id, code, name, address, entity, latitude, longitude, type, area, standing, visits, findings} = packed
  const [types, areas, standings, seen, due] = [numbers(type.of), numbers(area.of), numbers(standing.of), numbers(visits.of), numbers(findings.of)]
  return {packed, add(one) {
    id.push(one.id)
    code.push(one.code)
    name.push(one.name)
    address.push(one.address)
    entity.push(one.entity)
    latitude.push(one.latitude)
    longitude.push(one.longitude)
    const {status, review_state, managed_since, managed_until, summary} = one
    type.at.push(types(one.type, one.type))
    area.at.push(areas(one.area, one.area))
    standing.at.push(standings({status, review_state, managed_since, managed_until}, `${status} ${review_state} ${managed_since} ${managed_until}`))
    visits.at.push(summary.visits.map(visit => seen(visit, `${visit.visited_on} ${visit.outcome} ${visit.counted} ${visit.bodies}`)))
    findings.at.push(summary.findings.map(finding => due(finding, finding.due_on)))
  }}
}

/** Where a value stands in `of`; values under one key are alike. */
function numbers<T>(of: T[]): (value: T, key: string | null) => number {
  const known = new Map<string | null, number>()
  return (value, key) => {
    const at = known.get(key)
    if (at !== undefined) return at
    known.set(key, of.length)
    return of.push(value) - 1
  }
}

const NONE: readonly never[] = []

/** What was packed. Equal visits are one object: read, do not write. */
export function unpack(packed: Packed): Listed[] {
  const {code, name, address, entity, latitude, longitude, type, area, standing, visits, findings} = packed
  return packed.id.map((id, n) => {
    const {status, review_state, managed_since, managed_until} = standing.of[standing.at[n]!]!
    return {
      id, code: code[n]!, name: name[n]!, type: type.of[type.at[n]!]!, address: address[n]!, area: area.of[area.at[n]!]!,
      entity: entity[n]!, status, review_state, managed_since, managed_until, latitude: latitude[n]!, longitude: longitude[n]!,
      summary: {visits: several(visits, n), findings: several(findings, n)}, text: null,
    }
  })
}

function several<T>({of, at}: {of: T[]; at: number[][]}, n: number): readonly T[] {
  const here = at[n]!
  return here.length === 0 ? NONE : here.map(number => of[number]!)
}
