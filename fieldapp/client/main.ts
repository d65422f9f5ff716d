// The start-up chain of the phone app, top to bottom: who is signed in -> their database -> the screens -> the exchange.

import {openExchange} from './exchange/exchange'
import {offerUpdate, reopen, start, startFailed} from './screens/start'
import {sweepAged} from './store/ageing'
import {whenLost} from './store/connection'
import {drafts, goOn, sweepDropped} from './store/drafts'
import {sweepOrphans} from './store/files'
import {keepShell} from './store/offline'
import {askToPersist, ownWork} from './store/outbox'
import {currentPerson} from './store/people'
import {openStore} from './store/open'
import {establishments, prepareReplica} from './store/replica'
import {keepSnapshot} from './store/snapshot'
import type {Store} from './store/store'

/** fresh: somebody has just signed in and waits for the commune. */
async function main(fresh: boolean): Promise<void> {
  const person = await currentPerson()
  if (!person) return start(null, () => begin(true))
  const store = await openStore(person)
  // Begun at once, side by side; whoever needs it is told what went wrong.
  prepareReplica(store)
  for (const begun of [establishments(store), drafts(store), ownWork(store)]) begun.catch(() => undefined)
  await goOn(store)
  const exchange = openExchange(store)
  if (fresh) exchange.start()
  await start({store, exchange})
  exchange.start()
  void askToPersist()
  sweep(store).catch(console.error)
  store.feed.subscribe(change => {
    if (change.what === 'exchange' && change.state.phase === 'idle') keepSnapshot(store).catch(console.error)
  })
}

/** What may leave the phone goes when nobody is waiting for anything. */
async function sweep(store: Store): Promise<void> {
  await sweepDropped(store)
  await sweepOrphans(store)
  await sweepAged(store)
}

whenLost(reopen)
void keepShell(offerUpdate)
begin(false)

function begin(fresh: boolean): void {
  main(fresh).catch(startFailed)
}
