// Safari puts a page aside whole when the person goes on to another one, to be there at once on the way back. A transaction
// that is open then stays open, and every other page of the app waits for it for ever. So what is open is given up when
// the page goes, and done again when it is back. Chromium freezes pages, too, but ends those that others wait for.

import {wrap} from 'idb'

const running = new Set<IDBTransaction>()
let absent: {over: Promise<void>; end: () => void} | null = null
let times = 0

/** How often this page has been put aside. */
export function absences(): number { return times }

/** Resolves when nothing keeps this page from the database: at once, but for a page that was put aside. */
export async function present(): Promise<void> {
  await absent?.over
}

/** From now on the transactions of this connection are given up when the page is put aside. */
export function giveUpWhenAside(db: IDBDatabase): void {
  const begin = db.transaction.bind(db)
  db.transaction = (...asked) => {
    const tx = begin(...asked)
    running.add(tx)
    for (const end of ['complete', 'abort']) tx.addEventListener(end, () => running.delete(tx))
    return tx
  }
}

/** The page is put aside. */
export function putAside(): void {
  if (absent) return
  times += 1
  let end = () => {}
  absent = {over: new Promise(resolve => { end = resolve }), end}
  for (const tx of running) {
    wrap(tx).done.catch(() => undefined)       // whoever reads does not wait for it
    try { tx.abort() } catch { /* it is ending by itself */ }
  }
}

/** The page is looked at again. */
export function comeBack(): void {
  absent?.end()
  absent = null
}

if (!('onfreeze' in (globalThis.document ?? {}))) {
  globalThis.addEventListener?.('pagehide', event => { if ((event as PageTransitionEvent).persisted) putAside() })
  globalThis.addEventListener?.('pageshow', comeBack)
}
