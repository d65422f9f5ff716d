// A picture drawn anew: small enough for a weak signal, upright, without its EXIF, and with what was covered gone from
// its pixels. Needs no page, so that the worker can do it.

/** What a picture is drawn anew as. */
export interface Form { longest_px: number; quality: number }
export const WHOLE: Form = {longest_px: 1600, quality: 0.82}
export const SMALL: Form = {longest_px: 200, quality: 0.6}       // 5 to 10 KB
const COVER = '#26302c'

/** One stroke of the covering finger. width: a part of the picture's longer side; points: parts of its width and height. */
export interface Stroke { width: number; points: [x: number, y: number][] }

type Picture = ImageBitmap | HTMLImageElement
type Paper = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

function sizeIn({longest_px}: Form, {width, height}: {width: number; height: number}): [width: number, height: number] {
  const scale = Math.min(1, longest_px / Math.max(width, height))
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
}

/** Draws the picture, and over it what is covered: whole pixels of one colour, from which nothing can be won back. */
export function paint(paper: Paper, picture: Picture, covered: readonly Stroke[]): void {
  paper.drawImage(picture, 0, 0, paper.canvas.width, paper.canvas.height)
  for (const stroke of covered) cover(paper, stroke)
}

/** Draws one stroke, from its nth point on. */
export function cover(paper: Paper, {width, points}: Stroke, from = 0): void {
  const [w, h] = [paper.canvas.width, paper.canvas.height]
  paper.lineCap = paper.lineJoin = 'round'
  paper.lineWidth = width * Math.max(w, h)
  paper.strokeStyle = COVER
  paper.beginPath()
  const [first, ...rest] = points.slice(from)
  if (!first) return
  paper.moveTo(first[0] * w, first[1] * h)
  for (const [x, y] of rest.length ? rest : [first]) paper.lineTo(x * w, y * h)
  paper.stroke()
}

/** The photo as JPEG. Raises what the browser raises where it cannot decode it, or has no canvas off the page. */
export async function redraw(photo: Blob, covered: readonly Stroke[], form: Form): Promise<Blob> {
  const picture = await createImageBitmap(photo, {imageOrientation: 'from-image'})
  const canvas = new OffscreenCanvas(...sizeIn(form, picture))
  paint(canvas.getContext('2d')!, picture, covered)
  picture.close()
  return canvas.convertToBlob({type: 'image/jpeg', quality: form.quality})
}

/** The same on the page, for WebKits that lack one of the two. Raises where the photo cannot be decoded. */
export async function redrawOnPage(photo: Blob, covered: readonly Stroke[], form: Form): Promise<Blob | null> {
  const picture = await decodeOnPage(photo)
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = sizeIn(form, picture)
  paint(canvas.getContext('2d')!, picture, covered)
  return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', form.quality))
}

async function decodeOnPage(photo: Blob): Promise<HTMLImageElement> {
  const image = new Image()
  const address = URL.createObjectURL(photo)
  try {
    image.src = address
    await image.decode()
    return image
  } finally {
    URL.revokeObjectURL(address)
  }
}
