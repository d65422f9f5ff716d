// Signing in: the one call without a token.

import {deviceClock, type Clock} from '../store/clock'
import {newId} from '../store/digest'
import {keepEnrolment, knownPeople, type Enrolment, type Person} from '../store/people'
import {APP} from '../store/version'
import {call, isObject, type Fetch} from './api'
import {deviceName} from './device_name'
import {askAhead} from './pages'

type SignInFailure =
  | 'sign_in_failed' | 'too_many_attempts' | 'unreachable' | 'timeout' | 'not_our_server' | (string & {})
export type SignedIn = {ok: true; person: Person} | {ok: false; code: SignInFailure; retry_after_s: number | null}

export type Credentials = {username: string; password: string} | {code: string}

/** Signs in at the server with a password, or with a one-time code shown at the office. Needs a connection.
 *  Who has signed in on this phone before finds their outbox and drafts as they were; for anybody else the first pull is
 *  on its way before there is a database for it. Raises StoreError. */
export async function signIn(credentials: Credentials, fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  clock: Clock = deviceClock): Promise<SignedIn> {
  const known = 'username' in credentials
    ? (await knownPeople()).find(person => person.username === credentials.username) : undefined
  const device = known?.device ?? newId()
  const body = JSON.stringify({...credentials, device, device_name: await deviceName(), app: APP})
  const outcome = await call({fetch, device, token: null}, {method: 'POST', path: 'devices', type: 'application/json', body}, isEnrolment)
  if (outcome.is === 'answer') {
    if (!known) askAhead(clock, {fetch, device, token: outcome.body.token}, 'essentials')
    return {ok: true, person: await keepEnrolment({...outcome.body, device})}
  }
  if (outcome.is === 'sign_in') return {ok: false, code: 'sign_in_failed', retry_after_s: null}
  return {ok: false, code: outcome.code, retry_after_s: outcome.after_s}
}

function isEnrolment(body: unknown): body is Enrolment {
  return isObject(body) && typeof body['token'] === 'string'
    && isObject(body['user']) && typeof body['user']['id'] === 'string'
    && isObject(body['unit']) && typeof body['unit']['id'] === 'string'
}
