// Moving what matters into view: short, only as far as it must, and at once for those who ask for less motion.

const MOVE_MS = 140
const MARGIN_PX = 8

const still = matchMedia('(prefers-reduced-motion: reduce)')

/** Scrolls down until the element's foot stands clear of the dock; not at all when it does already. */
export function bringIntoView(element: Element): void {
  const clear = (document.querySelector('.dock')?.getBoundingClientRect().top ?? innerHeight) - MARGIN_PX
  const {top, bottom} = element.getBoundingClientRect()
  const head = document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0
  const by = Math.min(bottom - clear, top - head - MARGIN_PX)
  if (by > 0) moveBy(by)
}

/** Puts the element in the middle of what is not covered, or its head to the top when it is taller. */
export function centre(element: Element): void {
  const dock = document.querySelector('.dock')?.getBoundingClientRect().top ?? innerHeight
  const head = document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0
  const {top, height} = element.getBoundingClientRect()
  scrollBy(0, top - head - Math.max(0, (dock - head - height) / 2))
}

function moveBy(distance: number): void {
  if (still.matches) return scrollBy(0, distance)
  const from = scrollY
  const start = performance.now()
  const step = (now: number) => {
    const part = Math.min(1, (now - start) / MOVE_MS)
    scrollTo(0, from + distance * (1 - (1 - part) ** 2))
    if (part < 1) requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}
