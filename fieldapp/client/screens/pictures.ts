// The pictures of a screen: read from the phone for showing, and signatures kept in a draft as they are drawn.

import type {OpenDraft} from '../store/drafts'
import {addSignature, keepInk, removeSignature} from '../store/pictures'
import {readFile} from '../store/files'
import {readThumb} from '../store/thumbs'
import type {Sha256} from '../store/shapes'
import type {Store} from '../store/store'
import type {App} from '../ui/screen'
import type {Pictures} from '../widgets/photos'
import {signatureField, type SignatureField} from '../widgets/signature'

export function openPictures(store: Store, draw: () => void): Pictures {
  const urls = new Map<Sha256, string | null>()
  const reading = new Map<Sha256, Promise<string | null>>()
  const small = new Set<Sha256>()
  const open = async (sha256: Sha256) => {
    let file = await readFile(store, sha256)
    if (!file && (file = await readThumb(store, sha256))) small.add(sha256)
    const url = file && URL.createObjectURL(file)
    urls.set(sha256, url)
    draw()
    return url
  }
  const read = (sha256: Sha256) => {
    const there = reading.get(sha256) ?? open(sha256)
    reading.set(sha256, there)
    return there
  }
  return {
    url(sha256) {
      void read(sha256)
      return urls.get(sha256)
    },
    read,
    isSmall: sha256 => small.has(sha256),
    close() {
      for (const url of urls.values()) if (url) URL.revokeObjectURL(url)
      urls.clear()
      reading.clear()
    },
  }
}

/** The signature of one signer of a draft. */
export function draftSignature(app: App, draft: OpenDraft, who: 'representative' | 'inspector',
  pictures: Pictures): SignatureField {
  return signatureField(app.draw, pictures, {
    ink: () => draft.value.ink?.[who] ?? null,
    keepInk: ink => keepInk(draft, who, ink),
    keep: async (picture, name) => { await app.attempt(() => addSignature(app.store, draft, picture, {who, name})) },
    forget: () => removeSignature(draft, who),
  })
}
