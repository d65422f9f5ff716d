// The sections of a checklist below the one that the person comes to are drawn one after the other, once that is painted: a
// cheap phone takes half a second for all of them. Those above are drawn at once, so that the page moves under no finger.

const ITEM_REM = 9
const HEADING_REM = 3
const FIRST_ITEMS = 4              // a screen of a phone

export interface Section { code: string; total: number }

export interface Gradually {
  has(section: string): boolean
  /** Draws what is left, a section at a time, once this is painted. */
  begin(): void
  /** Draws what is left at once. */
  finish(): void
  end(): void
}

/** sections: in the order of the page, each with about how many items. from: the one that the person comes to. */
export function gradually(sections: readonly Section[], from: string, draw: () => void): Gradually {
  let left = below(sections, from)
  let frame = 0
  let timer = 0
  const drawNext = (count: number) => {
    left = left.slice(count)
    draw()
  }
  const step = () => {
    if (left.length === 0) return
    drawNext(1)
    timer = window.setTimeout(step)
  }
  return {
    has: section => !left.some(({code}) => code === section),
    begin() {
      left.forEach(keepRoom)
      frame = requestAnimationFrame(() => { timer = window.setTimeout(step) })
    },
    finish() {
      if (left.length > 0) drawNext(left.length)
    },
    end() {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    },
  }
}

/** The sections below those that fill the first screen. */
function below(sections: readonly Section[], from: string): readonly Section[] {
  let end = Math.max(0, sections.findIndex(({code}) => code === from))
  for (let items = 0; end < sections.length && items < FIRST_ITEMS; end++) items += sections[end]!.total
  return sections.slice(end)
}

/** About what the section will need; drawn, it is another element. */
function keepRoom({code, total}: Section): void {
  const section = document.querySelector<HTMLElement>(`[data-section="${code}"]`)
  if (section) section.style.minHeight = `${HEADING_REM + total * ITEM_REM}rem`
}
