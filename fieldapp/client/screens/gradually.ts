// The sections of a checklist are drawn one after the other, and first those that the person comes to: a cheap phone takes
// half a second for all of them. The line that is looked at stays where it is meanwhile. Once all are drawn, those out of
// sight keep their room and are left alone by the browser: an answer has it lay out and paint what is near.

import {front, goToSpot, spotNow} from '../ui/scroll'

const ITEM_REM = 9
const HEADING_REM = 3
const FIRST_ITEMS = 4              // a screen of a phone
const TURN_MS = 500

export interface Section { code: string; total: number }

export interface Gradually {
  has(section: string): boolean
  /** Draws what is left, a section at a time, once this is painted. */
  begin(): void
  /** Draws what is left at once. */
  finish(): void
  end(): void
}

/** sections: in the order of the page, each with about how many items. from: the one that the person comes to. typing: the
 *  one that has the cursor, which is drawn at once too. */
export function gradually(sections: readonly Section[], from: string, typing: string | undefined, draw: () => void): Gradually {
  const [above, below] = around(sections, from)
  let left = [...below, ...above].filter(({code}) => code !== typing)
  let frame = 0
  let timer = 0
  const drawNext = (count: number) => {
    const spot = left.slice(0, count).some(section => above.includes(section)) ? spotNow() : undefined
    left = left.slice(count)
    draw()
    goToSpot(spot)
  }
  const step = () => {
    if (left.length === 0) return restOutOfSight()
    drawNext(1)
    timer = window.setTimeout(step)
  }
  let width = innerWidth
  const turned = () => {
    if (innerWidth === width || left.length > 0) return
    width = innerWidth
    wakeAll()
    clearTimeout(timer)
    timer = window.setTimeout(restOutOfSight, TURN_MS)
  }
  return {
    has: section => !left.some(({code}) => code === section),
    begin() {
      left.forEach(keepRoom)
      frame = requestAnimationFrame(() => { timer = window.setTimeout(step) })
      addEventListener('resize', turned)
    },
    finish() {
      if (left.length > 0) drawNext(left.length)
    },
    end() {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      removeEventListener('resize', turned)
    },
  }
}

const drawn = () => [...front().querySelectorAll<HTMLElement>('[data-section]')]

/** Told the room that each has by now, so that nothing moves when one comes near. */
function restOutOfSight(): void {
  const heights = drawn().map(section => section.getBoundingClientRect().height)
  for (const [n, section] of drawn().entries()) {
    section.style.containIntrinsicBlockSize = `auto ${heights[n]}px`
    section.classList.add('far')
  }
}

/** Laid out anew, they need other room. */
function wakeAll(): void {
  for (const section of drawn()) section.classList.remove('far')
}

/** The sections above those that fill the first screen, the nearest first, and those below. */
function around(sections: readonly Section[], from: string): [above: readonly Section[], below: readonly Section[]] {
  const start = Math.max(0, sections.findIndex(({code}) => code === from))
  let end = start
  for (let items = 0; end < sections.length && items < FIRST_ITEMS; end++) items += sections[end]!.total
  return [sections.slice(0, start).reverse(), sections.slice(end)]
}

/** About what the section will need; drawn, it is another element. */
function keepRoom({code, total}: Section): void {
  const section = front().querySelector<HTMLElement>(`[data-section="${code}"]`)
  if (section) section.style.minHeight = `${HEADING_REM + total * ITEM_REM}rem`
}
