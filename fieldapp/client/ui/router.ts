// Addresses under /app, on the History API. Each entry remembers the trail of addresses that led to it and where it was
// scrolled to, so that "back" goes up to a screen the person has seen when there is one, and nothing piles up.

interface Match<T> { value: T; params: Record<string, string> }

/** The first route whose pattern fits: "/app/e/:id/start". */
export function match<T>(routes: readonly (readonly [pattern: string, value: T])[], path: string): Match<T> | null {
  const parts = path.replace(/\/+$/, '').split('/')
  for (const [pattern, value] of routes) {
    const wanted = pattern.split('/')
    const params: Record<string, string> = {}
    const fits = wanted.length === parts.length && wanted.every((part, n) => {
      if (!part.startsWith(':')) return part === parts[n]
      params[part.slice(1)] = decodeURIComponent(parts[n]!)
      return true
    })
    if (fits) return {value, params}
  }
  return null
}

interface Entry { trail: string[]; y: number }
const LONGEST_TRAIL = 50
const REST_MS = 200

/** How many entries up the nearest one with this address is; 0 when there is none. */
export function stepsUpTo(trail: readonly string[], path: string): number {
  const at = trail.lastIndexOf(path, trail.length - 2)
  return at < 0 || trail.length < 2 ? 0 : trail.length - 1 - at
}

/** How many entries at the end of a trail belong to a flow, that is, start with its prefix. */
export function stepsInFlow(trail: readonly string[], prefix: string): number {
  let steps = 0
  while (steps < trail.length && trail[trail.length - 1 - steps]!.startsWith(prefix)) steps++
  return steps
}

/** While something stands over the page, the way through history closes it and leads nowhere else.
 *  leave: the person wants out. Returns what lets the history go again. */
export function holdHistory(leave: () => void): () => void {
  const here = (history.state as Entry | null)?.trail ?? []
  const popped = (event: PopStateEvent) => {
    event.stopImmediatePropagation()
    const trail = (event.state as Entry | null)?.trail ?? []
    if (trail.join() === here.join()) leave()
    else history.go(trail.length > here.length ? -1 : 1)
  }
  addEventListener('popstate', popped, {capture: true})      // before the router hears of it
  return () => removeEventListener('popstate', popped, {capture: true})
}

export interface Router {
  go(path: string, options?: {replace?: boolean}): void
  /** Up: to the screen one came from when it is the parent or below it, else back through history to the parent, else
   *  to the parent in place of this one. */
  back(parent: string): void
  /** Out of a flow that is finished, to a screen that takes the place of all its entries. */
  leaveFlow(prefix: string, path: string): void
  /** onward: an address to go on to when the app is opened anew at its front door. */
  start(onward: string | null): void
}

const entry = (): Entry => (history.state as Entry | null) ?? {trail: [location.pathname], y: 0}

let resting = 0

/** Noted once the page rests, because a tap has no time for it. */
function scrolled(): void {
  clearTimeout(resting)
  resting = window.setTimeout(keepScroll, REST_MS)
}

function keepScroll(): void {
  clearTimeout(resting)
  const kept = entry()
  if (kept.y !== scrollY || !history.state) history.replaceState({...kept, y: scrollY}, '')
}

/** The link of ours that a click is to follow here; any other is the browser's. */
function linkOf(event: MouseEvent): HTMLAnchorElement | null | undefined {
  const aside = event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey
  return aside ? null : (event.target as Element).closest?.<HTMLAnchorElement>('a[href^="/app"]')
}

/** show: opens the screen of a path; y is where it was scrolled to, or null when it is entered anew. */
export function openRouter(show: (path: string, y: number | null) => void): Router {
  let pending: string | null = null

  // The screen begins to read before the address changes, which takes a phone as long as half a reading.
  const put = (path: string, replace: boolean) => {
    clearTimeout(resting)
    show(path, null)
    const trail = replace ? entry().trail.slice(0, -1) : entry().trail
    const next: Entry = {trail: [...trail, path].slice(-LONGEST_TRAIL), y: 0}
    if (replace) history.replaceState(next, '', path)
    else history.pushState(next, '', path)
  }

  const go: Router['go'] = (path, {replace = false} = {}) => {
    keepScroll()
    put(path, replace || path === location.pathname)
  }

  const back = (parent: string) => {
    const {trail} = entry()
    const steps = trail.at(-2)?.startsWith(parent) ? 1 : stepsUpTo(trail, parent)
    if (steps) history.go(-steps)
    else put(parent, true)
  }

  const leaveFlow = (prefix: string, path: string) => {
    const {trail} = entry()
    const steps = stepsInFlow(trail, prefix)
    if (steps === 0 || steps >= trail.length) return put(path, true)
    pending = trail[trail.length - 1 - steps] === path ? null : path
    history.go(-steps)
  }

  const popped = () => {
    clearTimeout(resting)
    const next = pending
    pending = null
    if (next) put(next, false)
    else show(location.pathname, entry().y)
  }

  const clicked = (event: MouseEvent) => {
    const link = linkOf(event)
    if (!link) return
    event.preventDefault()
    if ('back' in link.dataset) back(link.pathname)
    else go(link.pathname, {replace: 'replace' in link.dataset})
  }

  return {go, back, leaveFlow, start(onward) {
    history.scrollRestoration = 'manual'
    addEventListener('popstate', popped)
    addEventListener('pagehide', keepScroll)
    addEventListener('scroll', scrolled, {passive: true})
    document.addEventListener('click', clicked)
    const known = history.state as Entry | null
    if (!known) history.replaceState(entry(), '')
    if (!known && onward && location.pathname === '/app') return put(onward, false)
    show(location.pathname, known ? known.y : null)
  }}
}
