// The app is killed in the middle of a write.

import {vi} from 'vitest'

/** After so many more writes the app is dead: that transaction and every later one is undone, until the mocks are restored. */
export function killedAfter(writes: number): void {
  for (const name of ['put', 'add', 'delete'] as const) {
    const real = IDBObjectStore.prototype[name]
    vi.spyOn(IDBObjectStore.prototype, name).mockImplementation(function (this: IDBObjectStore, ...told: unknown[]) {
      const request = (real as (...told: unknown[]) => IDBRequest<IDBValidKey>).apply(this, told)
      if (--writes < 0) queueMicrotask(() => { try { this.transaction.abort() } catch { /* it is already */ } })
      return request
    } as never)
  }
}
