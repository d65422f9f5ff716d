// Signing in: the one call without a token.

import type {Person} from '../store/people'

export type SignInFailure =
  | 'sign_in_failed' | 'too_many_attempts' | 'unreachable' | 'timeout' | 'not_our_server' | (string & {})
export type SignedIn = {ok: true; person: Person} | {ok: false; code: SignInFailure; retry_after_s: number | null}

/** Signs in at the server with a password, or with a one-time code shown at the office. Needs a connection. */
export declare function signIn(credentials: {username: string; password: string} | {code: string}): Promise<SignedIn>
