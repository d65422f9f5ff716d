// Chance that a seed repeats.

export interface Chance {
  (): number                       // in [0, 1)
  pick<T>(things: readonly T[]): T
  below(n: number): number         // an integer
}

/** mulberry32. */
export function chance(seed: number): Chance {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  return Object.assign(next, {below, pick: <T>(things: readonly T[]) => things[below(things.length)]!})
}
