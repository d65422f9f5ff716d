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
  const urls = new Map<Sha256, string | null | undefined>()
  const small = new Set<Sha256>()
  const read = async (sha256: Sha256) => {
    const file = await readFile(store, sha256)
    if (file) return file
    const thumb = await readThumb(store, sha256)
    if (thumb) small.add(sha256)
    return thumb
  }
  return {
    url(sha256) {
      if (!urls.has(sha256)) {
        urls.set(sha256, undefined)
        void read(sha256).then(file => {
          urls.set(sha256, file && URL.createObjectURL(file))
          draw()
        })
      }
      return urls.get(sha256)
    },
    isSmall: sha256 => small.has(sha256),
    close() {
      for (const url of urls.values()) if (url) URL.revokeObjectURL(url)
      urls.clear()
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
