// Who uses this phone. Each person has a database of their own, with their own outbox, drafts and replica; this little
// home database only remembers who they are and who is signed in now.

import type {Unit, Uuid} from './shapes'
import type {Store} from './store'

export interface Person {
  id: Uuid
  username: string
  name: string
  role: string
  body: string                     // the inspecting body: "team_178", "police", …
  position: string
}

export interface KnownPerson extends Person {
  device: Uuid                     // this person's replica on this phone
  signed_in: boolean               // holds a token
}

/** Everybody who ever signed in on this phone and was not wiped, the last user first. */
export declare function knownPeople(): Promise<KnownPerson[]>
/** The person whose app this is now, or null: then the sign-in screen. */
export declare function currentPerson(): Promise<Person | null>
/** Lets the current person go: the token is forgotten, outbox and drafts stay until the same person signs in again. */
export declare function signOut(store: Store): Promise<void>
/** What waits on this phone for people who are not signed in: names and number of records not yet received. */
export declare function waitingOfOthers(): Promise<{name: string; username: string; ops: number; drafts: number}[]>

export interface Enrolment { device: Uuid; token: string; user: Person; unit: Unit }
/** Keeps what an enrolment answered and makes that person the current one. Used by exchange/enrol.ts. */
export declare function keepEnrolment(enrolment: Enrolment): Promise<Person>
