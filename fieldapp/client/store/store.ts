// An open database together with the clock and the feed that belong to it: the first argument of everything in store/.

import type {Clock} from './clock'
import type {Connection} from './connection'
import type {Schema} from './db'
import type {Feed} from './feed'
import type {Instant, Uuid} from './shapes'

export interface Person {
  id: Uuid
  username: string
  name: string
  role: string
  body: string                     // the inspecting body: "team_178", "police", …
  position: string
}

export interface Store extends Connection<Schema> {
  readonly person: Person
  readonly feed: Feed
  readonly clock: Clock
  /** The ops that this tab is sending just now. */
  readonly sending: Set<Uuid>
  /** Now by the server's clock, as far as its last answer told it. */
  now(): Promise<Instant>
}

/** The name of a person's database, and of the channel between that person's tabs. */
export function databaseName(person: Pick<Person, 'id'>): string {
  return `fieldapp-${person.id}`
}
