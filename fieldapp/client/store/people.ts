// Who uses this phone. Each person has a database of their own, with their own outbox, drafts and replica; this little
// home database only remembers who they are, who is signed in now, and with which token.

import {deleteDB, openDB, type DBSchema} from 'idb'
import {DRAFT} from './backup'
import {connection} from './connection'
import {FRESH} from './db'
import {open, seal, sealJson, type Sealed} from './seal'
import type {Unit, Uuid} from './shapes'
import {openStore} from './open'
import {databaseName, type Person, type Store} from './store'

export type {Person} from './store'

export interface KnownPerson extends Person {
  device: Uuid                     // this person's replica on this phone
  signed_in: boolean               // holds a token
}

interface Session { device: Uuid; token: string | null; revoked: boolean }

interface PersonRow extends Person {
  device: Uuid
  token: Sealed<string> | null
  revoked: boolean
  used_at: number
}

interface Home extends DBSchema {
  people: {key: Uuid; value: PersonRow}
  choice: {key: 'current'; value: Uuid}
}

const HOME = 'fieldapp'
const home = connection<Home>(onClosed => openDB<Home>(HOME, 1, {
  upgrade(db) {
    db.createObjectStore('people', {keyPath: 'id'})
    db.createObjectStore('choice')
  },
  blocking(_current, _blocked, event) {
    (event.target as IDBDatabase).close()
    onClosed()
  },
  terminated: onClosed,
}))

/** Everybody who ever signed in on this phone and was not wiped, the last user first. */
export async function knownPeople(): Promise<KnownPerson[]> {
  const rows = await home.run(db => db.getAll('people'))
  return rows.sort((a, b) => b.used_at - a.used_at).map(row => (
    {...person(row), device: row.device, signed_in: row.token !== null}))
}

/** The person whose app this is now, or null: then the sign-in screen. */
export async function currentPerson(): Promise<Person | null> {
  const row = await home.run(async db => {
    const tx = db.transaction(['choice', 'people'])
    const id = await tx.objectStore('choice').get('current')
    return id === undefined ? undefined : tx.objectStore('people').get(id)
  })
  return row ? person(row) : null
}

/** Lets the current person go: the token is forgotten, outbox and drafts stay until the same person signs in again. */
export async function signOut(store: Store): Promise<void> {
  await home.write(['people', 'choice'], async tx => {
    const row = await tx.objectStore('people').get(store.person.id)
    if (row) await tx.objectStore('people').put({...row, token: null})
    await tx.objectStore('choice').delete('current')
  })
  store.feed.announce({what: 'session'})
}

/** What waits on this phone for people other than `store`'s: names and number of records not yet received. */
export async function waitingOfOthers(store: Store | null = null): Promise<{name: string; username: string; ops: number; drafts: number}[]> {
  const others = (await knownPeople()).filter(known => known.id !== store?.person.id)
  const counted = await Promise.all(others.map(async other => {
    const theirs = await openStore(other)
    try {
      const [ops, rows] = await theirs.run(db => Promise.all([db.getAllFromIndex('outbox', 'state', 'pending'), db.getAll('drafts')]))
      return {name: other.name, username: other.username, ops: ops.filter(op => op.kind !== DRAFT).length, drafts: rows.filter(row => row.dropped_at === null).length}
    } finally {
      theirs.close()
    }
  }))
  return counted.filter(({ops, drafts}) => ops + drafts > 0)
}

// ---- for the exchange ----

export interface Enrolment { device: Uuid; token: string; user: Person; unit: Unit }

/** Keeps what an enrolment answered and makes that person the current one. */
export async function keepEnrolment({device, token, user, unit}: Enrolment): Promise<Person> {
  const kept = person(user)
  const store = await openStore(kept)
  const [sealedToken, sealedUnit] = await Promise.all([seal(token), sealJson({body: unit, stamps: {}})])
  await store.write(['state', 'records'], async tx => {
    if (!await tx.objectStore('state').get('sync')) await tx.objectStore('state').put(FRESH)
    if (!await tx.objectStore('records').getKey(['unit', unit.id])) {
      await tx.objectStore('records').put({kind: 'unit', id: unit.id, epoch: 0, sealed: sealedUnit})
    }
  })
  await home.write(['people', 'choice'], async tx => {
    await tx.objectStore('people').put({...kept, device, token: sealedToken, revoked: false, used_at: store.clock()})
    await tx.objectStore('choice').put(kept.id, 'current')
  })
  store.feed.announce({what: 'session'})
  store.close()
  return kept
}

/** The person's device id and token. A person who was wiped has neither. */
export async function session(id: Uuid): Promise<Session | null> {
  const row = await home.run(db => db.get('people', id))
  return row ? {device: row.device, token: row.token && await open(row.token), revoked: row.revoked} : null
}

/** Notes that the server no longer takes this token, unless another tab has got a new one meanwhile. */
export async function forgetToken(id: Uuid, token: string): Promise<void> {
  await changePerson(id, token, row => ({...row, token: null}))
}

/** Notes that the office revoked this device: from now on it only hands in what it holds. */
export async function noteRevoked(id: Uuid, token: string): Promise<void> {
  await changePerson(id, token, row => ({...row, revoked: true}))
}

/** Removes a person and everything of theirs from a phone that was revoked. False, and nothing is touched, while an op has
 *  no receipt or a file is not sent. */
export async function wipe(store: Store): Promise<boolean> {
  const names = await store.run(async db => [...db.objectStoreNames])
  const emptied = await store.write(names, async tx => {
    const [ops, files] = await Promise.all([
      tx.objectStore('outbox').index('state').count('pending'), tx.objectStore('files').index('state').count('pending')])
    if (ops + files > 0) return false
    await Promise.all(names.map(name => tx.objectStore(name).clear()))
    return true
  })
  if (!emptied) return false
  await store.run(async db => db.close())
  await deleteDB(databaseName(store.person))
  await home.write(['people', 'choice'], async tx => {
    await tx.objectStore('people').delete(store.person.id)
    if (await tx.objectStore('choice').get('current') === store.person.id) await tx.objectStore('choice').delete('current')
  })
  store.feed.announce({what: 'session'})
  return true
}

async function changePerson(id: Uuid, token: string, change: (row: PersonRow) => PersonRow): Promise<void> {
  const seen = (await home.run(db => db.get('people', id)))?.token ?? null
  if (seen === null || await open(seen) !== token) return
  await home.write(['people'], async tx => {
    const row = await tx.objectStore('people').get(id)
    if (row?.token === seen) await tx.objectStore('people').put(change(row))
  })
}

function person({id, username, name, role, body, position}: Person): Person {
  return {id, username, name, role, body, position}
}
