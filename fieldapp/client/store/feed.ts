// Who wants to know that something changed: listeners in this tab, and the other tabs of the same person.

import type {ExchangeState} from './exchange_state'
import type {Uuid} from './shapes'

export type Change =
  | {what: 'replica'; kind: string; ids: Uuid[] | 'all'}   // unit, area, checklist, establishment … as pulled or edited
  | {what: 'drafts'; ids: Uuid[]; rev?: number; moved?: [from: Uuid, to: Uuid][]; left?: Uuid[]}   // rev: as written by the tab that has it open; left: finished or handed over elsewhere
  | {what: 'outbox'; queued: boolean}                       // ops or files: queued (true), or sent, receipted, pruned
  | {what: 'session'}                                       // signed in, out, revoked
  | {what: 'exchange'; state: ExchangeState}

type Listener = (change: Change) => void

export interface Feed {
  /** Calls the listener after each change, whichever tab made it. Returns the function that ends this. */
  subscribe(listener: Listener): () => void
  /** Tells this tab's listeners at once and the other tabs soon. Called after the transaction is complete. */
  announce(change: Change): void
  close(): void
}

/** The feed of one person's database; `name` is shared by all tabs that have it open. */
export function openFeed(name: string): Feed {
  const listeners = new Set<Listener>()
  let closed = false
  const tell = (change: Change) => listeners.forEach(listener => listener(change))
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name)
  if (channel) channel.onmessage = event => tell(event.data as Change)
  return {
    subscribe(listener) {
      const own: Listener = change => listener(change)   // the same function may be handed in twice
      listeners.add(own)
      return () => { listeners.delete(own) }
    },
    announce(change) {
      tell(change)
      if (!closed) channel?.postMessage(change)
    },
    close() {
      closed = true
      listeners.clear()
      channel?.close()
    },
  }
}
