// A checklist is drawn a handful of items after the other, and first those that the person comes to: a cheap phone takes
// half a second for all of them. The line that is looked at stays where it is meanwhile. Once all are drawn, sections out of
// sight keep their room and are left alone by the browser: an answer has it lay out and paint what is near.

import {front, goToSpot, spotNow} from '../ui/scroll'
import {watchTurn, type Turning} from '../ui/turning'

const ITEM_REM = 9
const HEADING_REM = 3
const AROUND_REM = 12              // the head and the dock
const NEXT_ITEMS = 6
const TURN_MS = 500

export interface Section { code: string; total: number }

/** An item by its place in its section. */
export interface Line { section: string; item: number }

/** What stands of a section: its items from the one up to the other. */
export interface Part { from: number; to: number }
const NONE: Part = {from: 0, to: 0}
const ALL: Part = {from: 0, to: Infinity}

export interface Gradually {
  part(section: string): Part
  /** Draws what is left, a handful at a time, once this is painted. */
  begin(): void
  /** Draws what is left at once. */
  finish(): void
  end(): void
}

/** sections: in the order of the page, each with about how many items. from: what the person comes to. typing: what has the
 *  cursor, which is drawn at once too. */
export function gradually(sections: readonly Section[], from: Line, typing: Line | undefined, draw: () => void): Gradually {
  const start = Math.max(0, sections.findIndex(({code}) => code === from.section))
  let parts = firstParts(sections, start, from.item, typing)
  let frame = 0
  let timer = 0
  let turning: Turning | undefined
  const drawNext = (next: {parts: Map<string, Part>; above: boolean}) => {
    const spot = next.above ? spotNow() : undefined
    parts = next.parts
    draw()
    keepRoom()
    goToSpot(spot)
  }
  const step = () => {
    const next = more(sections, start, parts)
    if (!next) return rest()
    drawNext(next)
    timer = window.setTimeout(step)
  }
  const rest = () => { if (!turning?.now() && !more(sections, start, parts)) restOutOfSight() }
  return {
    part: section => parts.get(section) ?? NONE,
    begin() {
      keepRoom()
      turning = watchTurn(wakeAll, rest, TURN_MS)
      frame = requestAnimationFrame(() => { timer = window.setTimeout(step) })
    },
    finish() {
      if (more(sections, start, parts)) drawNext({parts: new Map(sections.map(({code}) => [code, ALL])), above: true})
    },
    end() {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      turning?.end()
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

function firstParts(sections: readonly Section[], start: number, item: number, typing: Line | undefined): Map<string, Part> {
  const parts = new Map<string, Part>()
  let left = screenful()
  let from = item
  for (const {code, total} of sections.slice(start)) {
    if (left <= 0) break
    parts.set(code, partOf(from, from + left, total))
    left -= total - from
    from = 0
  }
  const total = sections.find(({code}) => code === typing?.section)?.total
  if (typing && total !== undefined) {
    const {from: first, to} = parts.get(typing.section) ?? {from: typing.item, to: 0}
    parts.set(typing.section, partOf(Math.min(first, typing.item), Math.max(to, typing.item + 1), total))
  }
  return parts
}

/** How many items fill the first screen. */
function screenful(): number {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  return Math.max(2, Math.ceil((innerHeight / rem - AROUND_REM) / ITEM_REM))
}

/** With the next handful: first down to the end, then up from where the person came to. null: all stand. */
function more(sections: readonly Section[], start: number, parts: ReadonlyMap<string, Part>): {parts: Map<string, Part>; above: boolean} | null {
  const part = (code: string) => parts.get(code) ?? NONE
  const below = sections.slice(start).find(({code, total}, n) => part(code).to < total || (n > 0 && part(code).from > 0))
  const next = below ?? sections.slice(0, start + 1).reverse().find(({code, total}) => part(code).to < total || part(code).from > 0)
  if (!next) return null
  const {code, total} = next
  const {from, to} = below || parts.has(code) ? part(code) : {from: total, to: total}
  const up = from > 0 && (!below || to >= total)
  return {above: !below, parts: new Map(parts).set(code, up ? partOf(from - NEXT_ITEMS, to, total) : partOf(from, to + NEXT_ITEMS, total))}
}

/** A section whose end stands goes on to its end, however many items come to it. */
function partOf(from: number, to: number, total: number): Part {
  return {from: Math.max(0, from), to: to >= total ? Infinity : to}
}

/** About how much room that takes which does not stand yet. */
export function roomOf(items: number, heading = false): number {
  return items * ITEM_REM + (heading ? HEADING_REM : 0)
}

function keepRoom(): void {
  for (const room of front().querySelectorAll<HTMLElement>('[data-room]')) room.style.minHeight = `${room.dataset.room!}rem`
}
