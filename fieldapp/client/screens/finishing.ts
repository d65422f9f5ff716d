// From draft to signed record: the one step that cannot be taken back, and where one stands after it.

import type {OpenDraft} from '../store/drafts'
import {finalise} from '../store/finalise'
import type {App} from '../ui/screen'

// A second tap on the button while the first is at work.
let busy = false

/** Signs the drafts together and shows the first one as a locked record. False when it could not be kept. */
export async function finish(app: App, flow: string, drafts: readonly OpenDraft[]): Promise<boolean> {
  if (busy) return true
  busy = true
  const signed = await app.attempt(() => finalise(app.store, [...drafts]))
  busy = false
  const first = signed?.[0]
  if (!first) return false
  app.leaveFlow(flow, `/app/r/${first.id}`)
  void app.exchange.sync()
  return true
}
