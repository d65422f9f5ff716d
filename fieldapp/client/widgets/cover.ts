// A look at a photo before it is kept, as large as the screen: a finger covers people and papers about persons, and only
// the covered picture is ever stored.

import {html, nothing, render, type TemplateResult} from 'lit-html'
import {cover, type Stroke} from '../store/redraw'
import {icon} from '../ui/icons'
import {say} from '../ui/strings'
import {showOver} from './over'

type PhotoClass = 'document' | 'premises'

interface Look {
  picture: Blob                    // shrunk already
  nth: number
  of: number
  class: PhotoClass
  choose: boolean                  // whether the person says what the photo shows
}

interface Covered { covered: Stroke[]; class: PhotoClass }

/** Parts of the picture's longer side. */
const BRUSHES = {small: 0.025, medium: 0.06, large: 0.14} as const
type Brush = keyof typeof BRUSHES

/** Shows the photo until the person takes it or leaves it. Resolves with what they covered; null: not to be kept. Raises
 *  what the browser raises where it cannot show it. */
export async function coverPeople(look: Look): Promise<Covered | null> {
  const photo = Object.assign(new Image(), {className: 'cover__photo', alt: say.photo_look, decoding: 'async'})
  photo.src = URL.createObjectURL(look.picture)
  try {
    await new Promise((loaded, failed) => Object.assign(photo, {onload: loaded, onerror: failed}))
    const covering = new Covering(look, photo)
    const taken = await covering.shown()
    return taken ? {covered: covering.strokes, class: covering.shows} : null
  } finally {
    URL.revokeObjectURL(photo.src)
  }
}

class Covering {
  strokes: Stroke[] = []
  shows: PhotoClass
  private brush: Brush = 'medium'
  private readonly dialog = Object.assign(document.createElement('dialog'), {className: 'viewer cover', ariaLabel: say.cover_title})
  // Over the photo, which the browser draws by itself: only what is covered goes through the page's hands.
  private readonly canvas = Object.assign(document.createElement('canvas'), {className: 'cover__pic'})

  constructor(private readonly look: Look, private readonly photo: HTMLImageElement) {
    this.shows = look.class
    Object.assign(this.canvas, {width: photo.naturalWidth, height: photo.naturalHeight})
    this.canvas.addEventListener('pointerdown', event => this.touch(event))
  }

  /** Whether the photo is to be kept. */
  shown(): Promise<boolean> {
    this.draw()
    return new Promise<boolean>(resolve => {
      const end = (taken: boolean) => {
        close()
        resolve(taken)
      }
      const close = showOver(this.dialog, () => end(false))
      this.dialog.addEventListener('submit', event => {
        event.preventDefault()
        end((event.submitter as HTMLButtonElement | null)?.value === 'take')
      })
    })
  }

  private get paper(): CanvasRenderingContext2D { return this.canvas.getContext('2d')! }

  private repaint(): void {
    this.paper.clearRect(0, 0, this.canvas.width, this.canvas.height)
    for (const stroke of this.strokes) cover(this.paper, stroke)
  }

  private draw(): void { render(this.template(), this.dialog) }

  private set(change: () => void): void {
    change()
    this.draw()
  }

  private touch(down: PointerEvent): void {
    const stroke: Stroke = {width: BRUSHES[this.brush], points: [this.at(down)]}
    const move = (event: PointerEvent) => {
      const from = stroke.points.length - 1
      const together = event.getCoalescedEvents?.() ?? []      // some browsers have none of it, or an empty list
      stroke.points.push(...(together.length ? together : [event]).map(one => this.at(one)))
      cover(this.paper, stroke, from)
    }
    cover(this.paper, stroke)
    this.canvas.setPointerCapture(down.pointerId)
    this.canvas.addEventListener('pointermove', move)
    this.canvas.addEventListener('lostpointercapture', () => {
      this.canvas.removeEventListener('pointermove', move)
      this.set(() => this.strokes.push(stroke))
    }, {once: true})
  }

  /** Where on the picture a finger is, which stands in the middle of the canvas's room. */
  private at({clientX, clientY}: PointerEvent): [x: number, y: number] {
    const room = this.canvas.getBoundingClientRect()
    const {width, height} = this.canvas
    const scale = Math.min(room.width / width, room.height / height)
    const part = (client: number, start: number, length: number, side: number) => (
      Math.min(1, Math.max(0, ((client - start - length / 2) / scale + side / 2) / side)))
    return [part(clientX, room.left, room.width, width), part(clientY, room.top, room.height, height)]
  }

  private template(): TemplateResult {
    const {nth, of, choose} = this.look
    const undo = () => this.set(() => {
      this.strokes.pop()
      this.repaint()
    })
    return html`<form method="dialog" class="cover__form">
      <header class="cover__head"><h2>${say.cover_title}${of > 1 ? html` <small>${nth}/${of}</small>` : nothing}</h2>
        <p>${say.cover_hint}</p></header>
      <div class="cover__room">${this.photo}${this.canvas}</div>
      <div class="cover__tools">${(Object.keys(BRUSHES) as Brush[]).map(size => html`
        <button class="brush brush--${size}" type="button" aria-pressed=${size === this.brush} aria-label=${say.brush[size]!}
          @click=${() => this.set(() => { this.brush = size })}><span></span></button>`)}
        <button class="lnk" type="button" ?disabled=${this.strokes.length === 0} @click=${undo}>${icon('undo')}${say.undo}</button></div>
      ${choose ? html`<div class="cover__class" role="group" aria-label=${say.photo_shows}>${(['document', 'premises'] as const).map(shows => html`
        <button type="button" aria-pressed=${shows === this.shows}
          @click=${() => this.set(() => { this.shows = shows })}>${say.photo_of[shows]!}</button>`)}</div>` : nothing}
      <div class="viewer__bar"><button class="btn2" value="">${say.photo_remove}</button>
        <button class="btn" value="take">${say.photo_take}</button></div></form>`
  }
}
