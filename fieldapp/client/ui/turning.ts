// A phone that is turned lays everything out anew, in several steps.

export interface Turning {
  /** Whether the page is being laid out anew. */
  now(): boolean
  end(): void
}

/** begun: the width is another. settled: it has been the same for settle_ms. The keyboard, which comes and goes, changes the
 *  height alone. */
export function watchTurn(begun: () => void, settled: () => void, settle_ms: number): Turning {
  let width = innerWidth
  let timer = 0
  const resized = () => {
    if (innerWidth === width) return
    width = innerWidth
    clearTimeout(timer)
    begun()
    timer = window.setTimeout(() => {
      timer = 0
      settled()
    }, settle_ms)
  }
  addEventListener('resize', resized)
  return {
    now: () => timer !== 0 || innerWidth !== width,    // laid out anew, and not yet told
    end() {
      clearTimeout(timer)
      removeEventListener('resize', resized)
    },
  }
}
