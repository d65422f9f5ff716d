// The photo worker: decodes, shrinks, covers and encodes off the page. Owns no data.

import {redraw} from './store/redraw'
import type {Answered, Asked} from './store/shrink'

declare const self: DedicatedWorkerGlobalScope

self.onmessage = async ({data: {id, photo, covered, form}}: MessageEvent<Asked>) => {
  const jpeg = await redraw(photo, covered, form).catch(() => null)
  self.postMessage({id, jpeg} satisfies Answered)
}
