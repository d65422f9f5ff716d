// The points of the server's history that this phone remembers: many recent ones, few old ones. After a restore the
// newest of them that the server still has is where both agree.

import type {Point, SyncRow} from '../store/db'

const TRAIL_POINTS = 16

export function samePoint(a: Point | null, b: Point | null): boolean {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1])
}

/** The trail with a point added, thinned to TRAIL_POINTS: the point goes whose going leaves the smallest gap relative
 *  to its age. The first and the newest stay. sync/replica/standpoint.py does the same. */
export function remember(trail: readonly Point[], point: Point): Point[] {
  if (point[0] === 0) return [...trail]
  const points = [...trail.filter(([seq]) => seq !== point[0]), point].sort((a, b) => a[0] - b[0])
  while (points.length > TRAIL_POINTS) points.splice(leastMissed(points.map(([seq]) => seq)), 1)
  return points
}

function leastMissed(seqs: number[]): number {
  const newest = seqs.at(-1)!
  const loss = (n: number) => (seqs[n + 1]! - seqs[n - 1]!) / (newest - seqs[n]! + 1)
  let least = 1
  for (let n = 2; n < seqs.length - 1; n++) if (loss(n) < loss(least)) least = n
  return least
}

/** Where the replica stands once it has seen these points, the last of them the server's head. */
export function seen<S extends Pick<SyncRow, 'mark' | 'trail'>>(sync: S, ...points: Point[]): S {
  const head = points.at(-1)!
  return {
    ...sync,
    mark: head[0] > sync.mark[0] ? head : sync.mark,
    trail: points.reduce<Point[]>(remember, sync.trail),
  }
}
