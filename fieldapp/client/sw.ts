// The service worker: serves the shell without a connection, and owns no data. A new one waits until the pages of the
// old one are closed or the person agrees, so the assets of an open inspection stay where they are.

import {createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry} from 'workbox-precaching'
import {NavigationRoute, registerRoute} from 'workbox-routing'
import {TAKE_OVER} from './store/offline'

declare const self: ServiceWorkerGlobalScope & {__WB_MANIFEST: PrecacheEntry[]}

precacheAndRoute(self.__WB_MANIFEST)
registerRoute(new NavigationRoute(createHandlerBoundToURL('/app'), {allowlist: [/^\/app(?:[/?]|$)/]}))

self.addEventListener('message', event => {
  if (event.data === TAKE_OVER) event.waitUntil(self.skipWaiting())
})

// On the very first visit the open page gets the worker at once, so that it is ready for the basement.
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))
