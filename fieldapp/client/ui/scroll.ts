// Moving what matters into view: short, only as far as it must, and at once for those who ask for less motion.

const REST_MS = 250
const MOVE_MS = 140
const MARGIN_PX = 8
const FARTHEST_PX = 400            // a longer way is left to the person: the page must not run off under the finger

const still = matchMedia('(prefers-reduced-motion: reduce)')

/** How far down the pinned head reaches. */
export function headHeight(): number {
  const head = document.querySelector('.top')
  return head ? pinnedHeight(head) : 0
}

function pinnedHeight(element: Element): number {
  return getComputedStyle(element).position === 'sticky' ? element.getBoundingClientRect().height : 0
}

/** The part of the page that the screen on show has drawn: the one before it may stand for a moment longer. */
export function front(): HTMLElement {
  return document.querySelector<HTMLElement>('main > :not(.layer--behind)')!
}

function dockTop(): number {
  return document.querySelector('.dock')?.getBoundingClientRect().top ?? innerHeight
}

let aboveSections = ''

/** Keeps clear of the head what sticks below it, and of the head and the dock what is focused: a touch that gives the
 *  focus to what stands right above the dock must not move the page. */
export function watchHead(): void {
  const head = document.querySelector<HTMLElement>('.top')!
  const dock = document.querySelector<HTMLElement>('.dock')!
  const {style} = document.documentElement
  new ResizeObserver(() => {
    const height = headHeight()
    style.scrollPaddingTop = `${height + MARGIN_PX}px`
    if (front().querySelector('.sections')) aboveSections = `${height}px`
    placeSections()
  }).observe(head)
  new ResizeObserver(() => { style.scrollPaddingBottom = `${pinnedHeight(dock) + MARGIN_PX}px` }).observe(dock)
}

/** Has the headings of sections stick where they last did, before the head of this screen is measured. Told to them alone:
 *  a variable of the whole page would have every element styled anew. */
export function placeSections(): void {
  const sections = front().querySelector<HTMLElement>('.sections')
  if (sections && sections.style.getPropertyValue('--head') !== aboveSections) sections.style.setProperty('--head', aboveSections)
}

/** Once the finger rests, scrolls down until the element's foot stands clear of the dock; not at all when it does
 *  already, and never while the person goes on tapping. */
export function bringIntoView(element: Element): void {
  stop()
  waiting = window.setTimeout(() => {
    const {top, bottom} = element.getBoundingClientRect()
    const by = Math.min(bottom - dockTop() + MARGIN_PX, top - headHeight() - MARGIN_PX)
    if (by > 0 && by <= FARTHEST_PX) moveBy(by)
  }, REST_MS)
}

let waiting = 0
let moving = 0

function stop(): void {
  clearTimeout(waiting)
  cancelAnimationFrame(moving)
}

for (const touch of ['pointerdown', 'wheel', 'keydown', 'popstate']) addEventListener(touch, stop, {passive: true})

/** Puts the element in the middle of what is not covered, or its head to the top when it is taller. */
export function centre(element: Element): void {
  const head = headHeight()
  const {top, height} = element.getBoundingClientRect()
  scrollBy(0, top - head - Math.max(MARGIN_PX, (dockTop() - head - height) / 2))
}

/** Puts the element in the middle, and the cursor into its field, which it may be itself. */
export function goTo(element: HTMLElement | null): void {
  if (!element) return
  centre(element)
  const field = element.matches('textarea') ? element : element.querySelector<HTMLElement>('input, textarea')
  field?.focus({preventScroll: true})
}

/** Puts the element right below the head. */
export function toTop(element: Element | null): void {
  if (element) scrollBy(0, element.getBoundingClientRect().top - headHeight() + 1)
}

/** The line under the head: the last element with an id that begins at or above it, and how far. */
export function spotNow(): {at: string; offset: number} | undefined {
  const head = headHeight()
  let found: {at: string; offset: number} | undefined
  const sections = [...front().querySelectorAll('[data-section]')].filter(section => section.getBoundingClientRect().top <= head + 1)
  const within = sections.at(-1) ?? front()
  for (const element of within.querySelectorAll<HTMLElement>('[id]:not(input):not(textarea):not(svg *)')) {
    const offset = Math.round(element.getBoundingClientRect().top - head)
    if (offset > 1 && found) break
    if (element.offsetParent !== null) found = {at: element.id, offset}
  }
  return found
}

/** Scrolls until that line is under the head again. */
export function goToSpot(spot: {at: string; offset: number} | undefined): void {
  const element = spot && document.getElementById(spot.at)
  if (element) scrollBy(0, Math.round(element.getBoundingClientRect().top - headHeight() - spot.offset))
}

function moveBy(distance: number): void {
  if (still.matches) return scrollBy(0, distance)
  const from = scrollY
  const start = performance.now()
  const step = (now: number) => {
    const part = Math.min(1, (now - start) / MOVE_MS)
    scrollTo(0, from + distance * (1 - (1 - part) ** 2))
    if (part < 1) moving = requestAnimationFrame(step)
  }
  moving = requestAnimationFrame(step)
}
