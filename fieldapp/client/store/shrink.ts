// Photos made small enough for a weak signal. Drawing a picture anew leaves its EXIF, position included, behind.

import {StoreError} from './errors'

export const LONGEST_SIDE_PX = 1600
const JPEG_QUALITY = 0.8

/** The photo as JPEG, upright, at most LONGEST_SIDE_PX on its longer side. Raises StoreError file_unreadable.
 *  Browsers decode and encode off the main thread by themselves, so no worker of ours does it. */
export async function shrink(photo: Blob): Promise<Blob> {
  const picture = await decode(photo)
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height))
  const width = Math.max(1, Math.round(picture.width * scale))
  const height = Math.max(1, Math.round(picture.height * scale))
  try {
    return typeof OffscreenCanvas === 'undefined'
      ? await encodeOnPage(picture, width, height) : await encodeOffscreen(picture, width, height)
  } finally {
    if ('close' in picture) picture.close()
  }
}

type Picture = ImageBitmap | HTMLImageElement

async function decode(photo: Blob): Promise<Picture> {
  try {
    return await createImageBitmap(photo, {imageOrientation: 'from-image'})
  } catch {
    return decodeOnPage(photo)       // some WebKits know neither the option nor every format
  }
}

async function decodeOnPage(photo: Blob): Promise<HTMLImageElement> {
  const image = new Image()
  const address = URL.createObjectURL(photo)
  try {
    image.src = address
    await image.decode()
    return image
  } catch (cause) {
    throw new StoreError('file_unreadable', cause)
  } finally {
    URL.revokeObjectURL(address)
  }
}

async function encodeOffscreen(picture: Picture, width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) return encodeOnPage(picture, width, height)
  context.drawImage(picture, 0, 0, width, height)
  return canvas.convertToBlob({type: 'image/jpeg', quality: JPEG_QUALITY})
}

async function encodeOnPage(picture: Picture, width: number, height: number): Promise<Blob> {
  const canvas = Object.assign(document.createElement('canvas'), {width, height})
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY))
  if (!blob) throw new StoreError('file_unreadable')
  return blob
}
