// Photos of an answer: camera first, gallery second, a look at each one, and a way to take it back.

import {html, nothing, render, type TemplateResult} from 'lit-html'
import type {Sha256} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {say} from '../ui/strings'
import {showOver} from './over'

/** The pictures that a screen shows, as addresses the browser can draw; let go when the screen closes. */
export interface Pictures {
  /** undefined while it is being read, null when it is not on this phone. */
  url(sha256: Sha256): string | null | undefined
  /** The same, once it is read. */
  read(sha256: Sha256): Promise<string | null>
  /** What `url` shows is a stamp of it: the whole picture has gone from this phone. */
  isSmall(sha256: Sha256): boolean
  close(): void
}

export interface Photos {
  files: readonly Sha256[]
  saving: number                   // photos on their way to the disk
  hint: string
  add?: (photos: File[]) => void   // absent: to look at only
  look: (sha256: Sha256) => void
}

export function photoStrip(pictures: Pictures, {files, saving, hint, add, look}: Photos): TemplateResult {
  return html`<div><div class="shots" role="group" aria-label=${say.photo_group(files.length)}>
      ${files.map((file, n) => html`<button class="shot" type="button" aria-label=${say.photo_n(n + 1)}
        @click=${() => look(file)}>${thumbnail(pictures, file)}</button>`)}
      ${saving ? html`<p class="shot shot--wait" role="status">${say.photo_saving}</p>` : nothing}
      ${add ? html`${source(say.photo_camera, 'cam', add, true)}${source(say.photo_gallery, 'plus', add, false)}` : nothing}
    </div>${hint ? html`<p class="fld__sub">${hint}</p>` : nothing}</div>`
}

function thumbnail(pictures: Pictures, file: Sha256): unknown {
  const url = pictures.url(file)
  if (url) return html`<img src=${url} alt="">`
  return url === null ? smallIcon('warn') : nothing
}

function source(label: string, shape: 'cam' | 'plus', add: (photos: File[]) => void, camera: boolean): TemplateResult {
  const chosen = (event: Event) => {
    const input = event.target as HTMLInputElement
    const photos = [...input.files ?? []]
    input.value = ''
    if (photos.length) add(photos)
  }
  return html`<label class="shot shot--add">${icon(shape)}${label}<input type="file" accept="image/*" capture=${camera
    ? 'environment' : nothing} ?multiple=${!camera} @change=${chosen}></label>`
}

/** A photo as large as the screen, until the person has seen it. remove: absent where it can no longer be taken back. */
export async function showPhoto(pictures: Pictures, file: Sha256, remove?: () => void): Promise<void> {
  const dialog = Object.assign(document.createElement('dialog'), {className: 'viewer', ariaLabel: say.photo_look})
  const draw = (photo: unknown) => render(html`${photo}<div class="viewer__bar">
    <button class="btn2" type="button" @click=${() => close()}>${say.close}</button>
    ${remove ? html`<button class="btn2" type="button" @click=${() => { close(); remove() }}>${say.photo_remove}</button>`
      : nothing}</div>`, dialog)
  draw(html`<p>${say.opening}</p>`)
  const close = showOver(dialog, () => close())
  const url = await pictures.read(file)
  draw(url ? html`<img src=${url} alt=${say.photo_look}>${pictures.isSmall(file) ? html`<p>${say.photo_small}</p>` : nothing}`
    : html`<p>${say.photo_gone}</p>`)
}
