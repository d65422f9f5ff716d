// A signature drawn with a finger: black on white in every mode, kept stroke by stroke, whole after the phone has been
// turned or has died in the middle.

import {html, nothing, type TemplateResult} from 'lit-html'
import {ref} from 'lit-html/directives/ref.js'
import type SignaturePad from 'signature_pad'
import type {PointGroup} from 'signature_pad'
import type {Ink} from '../store/drafts'
import type {Sha256} from '../store/shapes'
import {say} from '../ui/strings'
import type {Pictures} from './photos'

const REST_MS = 500
const PICTURE_SCALE = 2

/** Fetches the drawing library; called once the first screen stands, so that it is there long before somebody signs. */
export const preparePen = () => import('signature_pad')

export interface SignatureField {
  /** saved: the signature in the draft; name: whose it is; bad: asked for and still missing. */
  template(saved: Sha256 | null, name: string, bad?: boolean): TemplateResult
  /** Keeps what was just drawn. Resolves when it is in the draft. */
  flush(): Promise<void>
  close(): void
}

/** Where a drawn signature goes: each stroke at once, the picture as soon as the finger rests. */
interface Keeping {
  /** What was drawn and kept before, or null. */
  ink(): Ink | null
  keepInk(ink: Ink | null): void
  keep(picture: Blob, name: string): Promise<void>
  forget(): void
}

export function signatureField(draw: () => void, pictures: Pictures, {ink, keepInk, keep, forget}: Keeping): SignatureField {
  let name = ''
  let timer = 0
  const surface = openSurface(ink, strokes => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void flush(), REST_MS)
    keepInk({...strokes, whole: false})
    draw()
  }, () => clearTimeout(timer))

  const flush = async () => {
    clearTimeout(timer)
    const strokes = ink()
    if (!strokes || strokes.whole) return
    const picture = await surface.picture()
    if (!picture) return
    await keep(picture, name)
    if (ink()?.strokes.length === strokes.strokes.length) keepInk({...strokes, whole: true})
  }

  const again = () => {
    clearTimeout(timer)
    surface.clear()
    forget()
    keepInk(null)
    draw()
  }

  return {
    template(saved, signer, bad = false) {
      name = signer
      const drawn = ink() !== null
      return html`<div class="pad ${bad ? 'pad--bad' : ''}">
        ${saved && !drawn ? kept(pictures.url(saved), signer) : toDrawOn(surface, drawn, signer)}
        <div class="pad__f"><span>${signer}</span>${drawn || saved
          ? html`<button class="lnk" type="button" @click=${again}>${say.sign_again}</button>` : nothing}</div></div>`
    },
    flush,
    close() {
      void flush()
      surface.mount(undefined)
    },
  }
}

/** A signature in the draft. url: of its picture, once it is read. */
function kept(url: string | null | undefined, signer: string): TemplateResult {
  return html`<div class="sig">${url ? html`<img src=${url} alt=${say.signature_of(signer)}>` : nothing}</div>`
}

function toDrawOn(surface: Surface, drawn: boolean, signer: string): TemplateResult {
  return html`<div class="pad__ink">${drawn ? nothing : html`<p class="pad__say">${say.sign_here}</p>`}
    <canvas ${ref(surface.mount)} role="img" aria-label=${drawn ? say.signature_of(signer) : say.sign_here}></canvas></div>`
}

interface Surface {
  mount: (canvas?: Element) => void
  clear(): void
  /** The drawing as a PNG on white, or null when there is none. */
  picture(): Promise<Blob | null>
}

function openSurface(ink: () => Ink | null, rested: (strokes: Omit<Ink, 'whole'>) => void, started: () => void): Surface {
  let canvas: HTMLCanvasElement | null = null
  let pad: SignaturePad | null = null
  let ready: Promise<void> = Promise.resolve()

  const fit = () => { if (canvas && pad && canvas.offsetWidth) redraw(canvas, pad, ink()) }
  const resized = new ResizeObserver(fit)

  const ended = () => rested({strokes: structuredClone(pad!.toData()), width: canvas!.offsetWidth})

  const dip = async (into: HTMLCanvasElement) => {
    const {default: Pen} = await preparePen()
    if (into !== canvas) return
    pad = new Pen(into, {penColor: '#101512', minWidth: .9, maxWidth: 2.6})
    pad.addEventListener('beginStroke', started)
    pad.addEventListener('endStroke', ended)
    fit()
    resized.observe(into)
    // Cut off between the last stroke and its picture: the picture is made now.
    if (ink()?.whole === false) rested({strokes: ink()!.strokes, width: ink()!.width})
  }

  return {
    mount(element) {
      if (element === canvas) return
      resized.disconnect()
      pad?.off()
      canvas = (element as HTMLCanvasElement | undefined) ?? null
      pad = null
      if (canvas) ready = dip(canvas)
    },
    clear: () => pad?.clear(),
    async picture() {
      const into = canvas              // the screen may close meanwhile
      if (!pad) await ready
      return into && pad && !pad.isEmpty() ? onWhite(into) : null
    },
  }
}

/** What was drawn, on a canvas that has just got its size, perhaps a narrower one. */
function redraw(canvas: HTMLCanvasElement, pad: SignaturePad, ink: Ink | null): void {
  canvas.width = canvas.offsetWidth * PICTURE_SCALE
  canvas.height = canvas.offsetHeight * PICTURE_SCALE
  canvas.getContext('2d')!.scale(PICTURE_SCALE, PICTURE_SCALE)
  pad.clear()
  const {strokes = [], width = 0} = ink ?? {}
  pad.fromData(scaled(strokes as PointGroup[], Math.min(1, canvas.offsetWidth / (width || canvas.offsetWidth))))
}

function scaled(strokes: PointGroup[], factor: number): PointGroup[] {
  return strokes.map(stroke => ({...stroke,
    points: stroke.points.map(point => ({...point, x: point.x * factor, y: point.y * factor}))}))
}

function onWhite(drawing: HTMLCanvasElement): Promise<Blob | null> {
  const sheet = document.createElement('canvas')
  sheet.width = drawing.width
  sheet.height = drawing.height
  const ink = sheet.getContext('2d')!
  ink.fillStyle = '#fff'
  ink.fillRect(0, 0, sheet.width, sheet.height)
  ink.drawImage(drawing, 0, 0)
  return new Promise(resolve => sheet.toBlob(resolve, 'image/png'))
}
