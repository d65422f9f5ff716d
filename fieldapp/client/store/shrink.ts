// Photos made small and covered where a finger has covered them: in a worker, so that the page stays quick; on the page
// where the browser has no canvas off it.

import {StoreError} from './errors'
import {redrawOnPage, SMALL, WHOLE, type Form, type Stroke} from './redraw'

declare const __PHOTO_WORKER__: string | undefined

/** What the worker is asked, and what it answers; null: it could not. */
export interface Asked { id: number; photo: Blob; covered: readonly Stroke[]; form: Form }
export interface Answered { id: number; jpeg: Blob | null }

/** The photo as JPEG, upright, of the size of WHOLE at most, without EXIF and position, and with the
 *  strokes in its pixels. Raises StoreError file_unreadable. */
export async function shrink(photo: Blob, covered: readonly Stroke[] = []): Promise<Blob> {
  return await redrawn(photo, covered, WHOLE).catch(unreadable) ?? unreadable()
}

/** A photo that was shrunk before as small as a stamp; null where this browser makes none of it. */
export async function miniature(photo: Blob): Promise<Blob | null> {
  return redrawn(photo, [], SMALL).catch(() => null)
}

async function redrawn(photo: Blob, covered: readonly Stroke[], form: Form): Promise<Blob | null> {
  return await inWorker(photo, covered, form) ?? redrawOnPage(photo, covered, form)
}

function unreadable(cause?: unknown): never {
  throw new StoreError('file_unreadable', cause)
}

let worker: Worker | null | undefined           // null: this browser, or this page, has none
const asked = new Map<number, (jpeg: Blob | null) => void>()
let last = 0

/** null where there is no worker, or it cannot do it. */
function inWorker(photo: Blob, covered: readonly Stroke[], form: Form): Promise<Blob | null> {
  worker ??= worker === undefined ? begin() : null
  const working = worker
  if (!working) return Promise.resolve(null)
  return new Promise(resolve => {
    asked.set(++last, resolve)
    working.postMessage({id: last, photo, covered, form} satisfies Asked)
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
