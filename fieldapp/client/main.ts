// The start-up chain of the phone app, top to bottom: who is signed in -> their database -> the screens -> the exchange.

import {openExchange} from './exchange/exchange'
import {offerUpdate, start} from './screens/start'
import {sweepAged} from './store/ageing'
import {sweepDropped} from './store/drafts'
import {sweepOrphans} from './store/files'
import {keepShell} from './store/offline'
import {askToPersist} from './store/outbox'
import {currentPerson} from './store/people'
import {openStore} from './store/store'

void keepShell(offerUpdate)
const person = await currentPerson()
if (person) {
  const store = await openStore(person)
  const exchange = openExchange(store)
  await start({store, exchange})
  exchange.start()
  void askToPersist()
  void sweepDropped(store).then(() => sweepOrphans(store)).then(() => sweepAged(store))
} else await start(null)
