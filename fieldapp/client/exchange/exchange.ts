// The exchange with the office as the screens see it: its state, and a button.

import type {Store} from '../store/store'
import type {ExchangeState} from './state'

export interface Exchange {
  readonly state: ExchangeState
  /** Syncs now (the button), whatever the timer says. Resolves when the round has ended, well or not. */
  sync(): Promise<ExchangeState>
  /** Syncs on start, on `online`, on becoming visible and by a timer from now on. */
  start(): void
  stop(): void
}
export declare function openExchange(store: Store): Exchange
