// How the exchange with the office stands, for the line on top of every screen and for the sync screen.

import type {Instant} from './shapes'

type Phase =
  | 'idle'       // nothing to do until `next_try_at`
  | 'syncing'
  | 'offline'    // the last try did not reach the office's server; the next comes by itself
  | 'sign_in'    // the server wants the person to sign in again; nothing is lost
  | 'error'      // the server answered and could not serve; `code` says why

/** Stable codes of a try that failed: the server's own error codes and these. */
export type FailureCode =
  | 'unreachable'      // no connection, or cut off
  | 'timeout'
  | 'not_our_server'   // something answered that is not the office: a captive portal, a gateway's page
  | 'bad_answer'       // the office's answer made no sense
  | 'storage_full'
  | 'storage_failed'
  | (string & {})

export interface ExchangeState {
  phase: Phase
  code: FailureCode | null
  /** What is going on while `syncing`. */
  step: 'push' | 'essentials' | 'files' | 'history' | null
  /** Since when the phase has lasted. */
  since: Instant
  last_success_at: Instant | null
  next_try_at: Instant | null
}
