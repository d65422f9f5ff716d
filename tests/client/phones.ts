// Several phones of one person in one process: each has its own disk and its own copy of the app.

import {vi} from 'vitest'
import type {Commune} from './commune'

/** A phone on which somebody has signed in, against a real server. */
export async function newPhone(commune: Commune, username: string) {
  vi.stubGlobal('BroadcastChannel', undefined)                 // tabs of one phone hear each other, phones do not
  globalThis.indexedDB = new (IDBFactory as unknown as new () => IDBFactory)()
  vi.resetModules()
  const {enrolled} = await import('./commune')
  const [{openStore}, {openExchange}, drafts, finalise, outbox, pictures, files, people] = await Promise.all([
    import('../../fieldapp/client/store/open'), import('../../fieldapp/client/exchange/exchange'),
    import('../../fieldapp/client/store/drafts'), import('../../fieldapp/client/store/finalise'),
    import('../../fieldapp/client/store/outbox'),
    import('../../fieldapp/client/store/pictures'), import('../../fieldapp/client/store/files'),
    import('../../fieldapp/client/store/people')])
  const who = await enrolled(commune, username)
  const store = await openStore(who, {clock: () => commune.now})
  const net = {down: false, before: async (_path: string): Promise<void> => undefined}
  const exchange = openExchange(store, {
    async fetch(path, init) {
      if (net.down) throw new TypeError('Failed to fetch')
      await net.before(path)
      return commune.fetch(path, init)
    },
    locks: null, random: () => 1, setTimer: () => 0, clearTimer: () => undefined, onReturn: () => () => undefined})
  await exchange.sync()
  return {who, store, exchange, net, ...drafts, ...finalise, ...outbox, ...pictures, ...files, ...people}
}

export type Phone = Awaited<ReturnType<typeof newPhone>>

/** What is in a phone's drafts: id -> note, and which are from elsewhere. */
export async function notes(phone: Phone): Promise<Record<string, string>> {
  const found = await phone.drafts(phone.store)
  return Object.fromEntries(found.map(({id, draft}) => [id, draft.kind === 'inspection' ? draft.record.note : '']))
}

/** Begins or resumes the inspection of the first establishment and writes a note. */
export async function write(phone: Phone, note: string, id?: string): Promise<string> {
  const place = id === undefined ? (await phone.store.run(db => db.getAllKeys('records'))).find(key => key[0] === 'establishment')![1] : ''
  const draft = id === undefined ? await phone.startInspection(phone.store, place) : await phone.openDraft(phone.store, id)
  draft.change(changing => { if ('note' in changing.record) changing.record.note = note })
  await draft.flush()
  return draft.id
}
