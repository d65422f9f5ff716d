// Photos made small and covered where a finger has covered them: in a worker, so that the page stays quick; on the page
// where the browser has no canvas off it.

import {StoreError} from './errors'
import {redrawOnPage, type Stroke} from './redraw'

declare const __PHOTO_WORKER__: string | undefined

/** What the worker is asked, and what it answers; null: it could not. */
export interface Asked { id: number; photo: Blob; covered: readonly Stroke[] }
export interface Answered { id: number; jpeg: Blob | null }

/** The photo as JPEG, upright, at most LONGEST_SIDE_PX on its longer side, without EXIF and position, and with the
 *  strokes in its pixels. Raises StoreError file_unreadable. */
export async function shrink(photo: Blob, covered: readonly Stroke[] = []): Promise<Blob> {
  const jpeg = await inWorker(photo, covered) ?? await redrawOnPage(photo, covered).catch(unreadable)
  return jpeg ?? unreadable()
}

function unreadable(cause?: unknown): never {
  throw new StoreError('file_unreadable', cause)
}

let worker: Worker | null | undefined           // null: this browser, or this page, has none
const asked = new Map<number, (jpeg: Blob | null) => void>()
let last = 0

/** null where there is no worker, or it cannot do it. */
function inWorker(photo: Blob, covered: readonly Stroke[]): Promise<Blob | null> {
  worker ??= worker === undefined ? begin() : null
  const working = worker
  if (!working) return Promise.resolve(null)
  return new Promise(resolve => {
    asked.set(++last, resolve)
    working.postMessage({id: last, photo, covered} satisfies Asked)
  })
}

function begin(): Worker | null {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined' || typeof __PHOTO_WORKER__ === 'undefined') return null
  const begun = new Worker(__PHOTO_WORKER__)
  begun.onmessage = ({data: {id, jpeg}}: MessageEvent<Answered>) => answer(id, jpeg)
  begun.onerror = () => {
    worker = null
    for (const id of asked.keys()) answer(id, null)
  }
  return begun
}

function answer(id: number, jpeg: Blob | null): void {
  asked.get(id)?.(jpeg)
  asked.delete(id)
}
