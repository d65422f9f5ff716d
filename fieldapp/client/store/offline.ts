// Whether the app opens without a connection, and whether a newer one waits.

export type OfflineReady =
  | {ok: true; reason: null}
  | {ok: false; reason: 'insecure' | 'unsupported' | 'installing' | 'failed'}

/** What a page says to a waiting worker that may take over; sw.ts listens. */
export const TAKE_OVER = 'take over'

/** How long the old worker may take to make way before the page is loaded anew in any case. */
const PATIENCE_MS = 3_000

const SHELL = '/app'
const WORKER = '/sw.js'

let failed = false

/** Whether the shell is kept on this phone. `insecure`: plain HTTP from another host, where browsers have no workers. */
export async function offlineReady(): Promise<OfflineReady> {
  if (!globalThis.isSecureContext) return {ok: false, reason: 'insecure'}
  if (!('serviceWorker' in navigator)) return {ok: false, reason: 'unsupported'}
  const registration = await navigator.serviceWorker.getRegistration(SHELL)
  if (registration?.active) return {ok: true, reason: null}
  return {ok: false, reason: failed || !registration ? 'failed' : 'installing'}
}

/** Whether this is a tab of Safari on an iPhone or iPad, which forgets what a page stored after seven days without use. Only
 *  an app on the home screen is kept. */
export function mayBeForgotten(): boolean {
  return (globalThis.navigator as Navigator & {standalone?: boolean}).standalone === false
}

/** Registers the worker and resolves when that is done. A newer app never takes a page over by itself: it waits until
 *  every page of the old one is closed, or until the person agrees. `onUpdate` is called when one waits; the
 *  `takeOver()` it is handed lets it in and loads the page anew. */
export async function keepShell(onUpdate: (takeOver: () => void) => void): Promise<void> {
  if (!globalThis.isSecureContext || !('serviceWorker' in navigator)) return
  try {
    const registration = await navigator.serviceWorker.register(WORKER, {scope: SHELL, updateViaCache: 'none'})
    offer(registration, onUpdate)
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => offer(registration, onUpdate))
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') registration.update().catch(() => undefined)
    })
  } catch {
    failed = true                    // no connection on the very first visit, or workers switched off
  }
}

function offer(registration: ServiceWorkerRegistration, onUpdate: (takeOver: () => void) => void): void {
  if (registration.waiting && registration.active) onUpdate(() => letIn(registration))
}

/** Whoever presses gets a new page, whatever another tab or a still newer app does meanwhile: where the worker of the old
 *  one is held up, the new page offers the newer app again. */
function letIn({waiting}: ServiceWorkerRegistration): void {
  if (waiting?.state !== 'installed') return location.reload()       // another tab has let it in
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {once: true})
  setTimeout(() => location.reload(), PATIENCE_MS)
  waiting.postMessage(TAKE_OVER)
}
