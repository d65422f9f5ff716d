// The sections of a checklist are drawn one after the other, and first those that the person comes to: a cheap phone takes
// half a second for all of them.

const ITEM_REM = 9
const HEADING_REM = 3
const FIRST_ITEMS = 4              // a screen of a phone

/** A browser that skips the layout of what is out of sight, and holds the line when something above it grows. Others draw
 *  everything at once: the page must not move under the finger. */
const steady = typeof CSS !== 'undefined' && CSS.supports('content-visibility', 'auto') && CSS.supports('overflow-anchor', 'auto')

export interface Gradually {
  has(section: string): boolean
  /** Draws what is left, a section at a time, once this is painted. */
  begin(): void
  /** Draws what is left at once. */
  finish(): void
  end(): void
}

/** sections: in the order of the page, each with about how many items. from: the one that the person comes to. */
export function gradually(sections: readonly {code: string; total: number}[], from: string, draw: () => void): Gradually {
  let left = steady ? beyond(sections, from) : []
  let frame = 0
  let timer = 0
  const step = () => {
    if (left.length === 0) return
    left = left.slice(1)
    draw()
    timer = window.setTimeout(step)
  }
  return {
    has: section => !left.includes(section),
    begin() {
      reserve(sections)
      frame = requestAnimationFrame(() => { timer = window.setTimeout(step) })
    },
    finish() {
      if (left.length === 0) return
      left = []
      draw()
    },
    end() {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    },
  }
}

/** Those below the first screen, and then those above it. */
function beyond(sections: readonly {code: string; total: number}[], from: string): string[] {
  const at = Math.max(0, sections.findIndex(({code}) => code === from))
  let end = at
  for (let items = 0; end < sections.length && items < FIRST_ITEMS; end++) items += sections[end]!.total
  return [...sections.slice(end), ...sections.slice(0, at)].map(({code}) => code)
}

/** Keeps about the room that each section needs while it is out of sight. */
function reserve(sections: readonly {code: string; total: number}[]): void {
  for (const {code, total} of sections) {
    const section = document.querySelector<HTMLElement>(`[data-section="${code}"]`)
    if (section) section.style.containIntrinsicSize = `auto ${HEADING_REM + total * ITEM_REM}rem`
  }
}
