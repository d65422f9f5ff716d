// Bugs planted on purpose in the phone's own code, one place at a time, when it is built for a test (vitest.config.ts):
// `was` must be found in the module exactly once, so that a bug goes with the code that it is about.
// promises.test.ts shows which promise each of them breaks; tests/sync/README.md lists them.

export interface Planted { module: string; changes: readonly (readonly [was: string, now: string])[] }

const bug = (module: string, ...changes: [was: string, now: string][]): Planted => ({module, changes})

export const PLANTED = {
  signs_in_two_steps: bug('store/finalise',
    ["tx.objectStore('outbox').add(op), endDraft", 'endDraft'],
    ['  for (const {editing} of signings) openDrafts', `
      await store.write(['outbox'], async tx => { for (const {op} of signings) await tx.objectStore('outbox').add(op) })
      for (const {editing} of signings) openDrafts`]),
  does_not_wait_for_the_disk: bug('store/finalise', ["  }, 'strict')", "  }, 'relaxed')"]),
  hides_that_the_phone_is_full: bug('store/finalise', ["  }, 'strict')", "  }, 'strict').catch(() => undefined)"]),
  trusts_any_200: bug('exchange/receipts',
    ["&& body['receipts'].every(isReceipt))", ')'], ["&& body['receipts'].length === ops.length", '']),
  compares_no_mark: bug('exchange/trail', ['return a === b ||', 'return true ||']),
  moves_the_cursor_first: bug('exchange/pull',
    ['  const {applied, outbox} = await store.write([...EXCHANGED]', `
      if (!('rewind' in answer)) await store.write(['state'], async tx => {
        await tx.objectStore('state').put({...from, [stream]: answer.cursor})
        from = {...from, [stream]: answer.cursor}
      })
      const {applied, outbox} = await store.write([...EXCHANGED]`]),
  prunes_what_is_acknowledged: bug('exchange/prune', [' && op.seq <= covered', '']),
  prunes_what_nobody_has_decided_about: bug('exchange/prune', ["(op.state === 'quarantined' && op.decided)", "op.state === 'quarantined'"]),
  prunes_files_that_were_sent: bug('exchange/prune', ['file.seq > safe || ', '']),
  offers_no_colleagues_records: bug('exchange/rewind', ['  await offerSignedAgain(tx, ops, spare, now)\n', '']),
  offers_nothing_again: bug('exchange/rewind', ["state: 'pending', decided: false", 'decided: false']),
  keeps_its_cursors_at_a_rewind: bug('exchange/rewind', ['essentials: null, history: null, ', '']),
  keeps_its_mark_when_a_file_has_arrived: bug('exchange/files', ["    if (head) await tx.objectStore('state').put(seen(sync, head))\n", '']),
  takes_no_lock: bug('exchange/exchange', ['  if (!locks) return work()', '  return work()']),
  forgets_what_was_received: bug('exchange/receipts', ["state: refused ? 'quarantined' : 'acknowledged'", "state: 'pending'"]),
  empties_itself_when_signed_out: bug('store/people',
    ['export async function signOut(store: Store): Promise<void> {', `export async function signOut(store: Store): Promise<void> {
      await store.write(['outbox'], tx => tx.objectStore('outbox').clear())`]),
  empties_itself_at_a_refused_token: bug('exchange/round',
    ["  if (ended.is === 'sign_in') await", "  if (ended.is === 'sign_in') await store.write(['outbox'], tx => tx.objectStore('outbox').clear())\n  if (ended.is === 'sign_in') await"]),
  empties_itself_before_all_is_handed_in: bug('store/people', ['    if (ops + files > 0) return false\n', '']),
  does_not_sync_at_the_start: bug('exchange/exchange', ["void this.recall().then(() => this.run('looked_at'))", 'void this.recall()']),
  does_not_hear_the_network: bug('exchange/exchange', ["      addEventListener('online', work)\n", '']),
  does_not_see_that_it_is_looked_at: bug('exchange/exchange', ["      document.addEventListener('visibilitychange', looked)\n", '']),
  has_no_timer: bug('exchange/exchange', ["    this.timer = this.around.setTimer(() => void this.run('by_itself'), ms)\n", '']),
  ignores_the_button: bug('exchange/exchange', [": this.run('button')", ': Promise.resolve(this.state)']),
} as const satisfies Record<string, Planted>

export type Bug = keyof typeof PLANTED

/** The module with the bug in it. */
export function plant(name: string, source: string): string {
  const {module, changes} = (PLANTED as Record<string, Planted>)[name]!
  return changes.reduce((text, [was, now]) => {
    if (text.split(was).length !== 2) throw new Error(`${name}: not once in ${module}: ${was}`)
    return text.replace(was, () => now)
  }, source)
}
