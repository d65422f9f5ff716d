// The photos of a screen: looked at and covered one after the other, kept, and taken out again with a word that undoes.

import type {TemplateResult} from 'lit-html'
import type {Draft, OpenDraft} from '../store/drafts'
import {addPhoto, removePhoto} from '../store/pictures'
import type {PhotoPlace} from '../store/pictures'
import type {Sha256} from '../store/shapes'
import {shrink} from '../store/shrink'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {coverPeople} from '../widgets/cover'
import {photoStrip, showPhoto, type Pictures} from '../widgets/photos'

export interface Album {
  /** Photos side by side; with a place others can be added there. */
  strip(files: readonly Sha256[], hint?: string, where?: PhotoPlace): TemplateResult
  /** How many photos are on their way to the disk for an item or a finding. */
  saving(key: string): number
}

/** draft: absent where the photos are to look at only. */
export function openAlbum(app: App, pictures: Pictures, draft?: OpenDraft): Album {
  const saving = new Map<string, number>()       // on their way to the disk, by where they belong
  const look = (file: Sha256) => void showPhoto(pictures, file, draft && (() => takeBackPhoto(app, draft, file)))
  const onTheWay = (key: string) => saving.get(key) ?? 0
  return {
    strip(files, hint = '', where) {
      const key = where?.item ?? where?.finding ?? ''
      const add = draft && where && ((photos: File[]) => void keepPhotos(app, draft, photos, where, saving, key))
      return photoStrip(pictures, {files, saving: onTheWay(key), hint, look, ...add && {add}})
    },
    saving: onTheWay,
  }
}

/** Shows each photo for covering, and keeps those that are taken where they belong. One that was left out, by the back
 *  button perhaps, is shown again as long as the word stands. */
async function keepPhotos(app: App, draft: OpenDraft, photos: readonly File[], where: PhotoPlace, saving: Map<string, number>,
  key: string): Promise<void> {
  const count = (more: number) => {
    saving.set(key, (saving.get(key) ?? 0) + more)
    app.draw()
  }
  count(photos.length)
  for (const [n, photo] of photos.entries()) {
    await app.attempt(async () => {
      const picture = await shrink(photo)
      const taken = await coverPeople({picture, nth: n + 1, of: photos.length, class: where.class, choose: draft.value.kind === 'inspection'})
      if (taken) return addPhoto(app.store, draft, picture, {...where, ...taken})
      const again = () => void keepPhotos(app, draft, [photo], where, saving, key)
      return app.tell({text: say.photo_removed, label: say.undo, press: again})
    })
    count(-1)
  }
}

/** Takes a photo out of a draft; it can be put back as long as the word stands. */
function takeBackPhoto(app: App, draft: OpenDraft, file: Sha256): void {
  const before = draft.value.record
  removePhoto(draft, file)
  app.tell({text: say.photo_removed, label: say.undo, press: () => draft.change(value => putBack(value, before, file))})
}

function putBack({record}: Draft, before: Draft['record'], file: Sha256): void {
  if (!('answers' in record) || !('answers' in before)) {
    if ('scans' in record) record.scans = [...new Set([...record.scans, file])]
    return
  }
  if (before.photos[file]) record.photos[file] = before.photos[file]
  for (const [item, {files}] of Object.entries(before.answers)) if (files.includes(file)) record.answers[item]?.files.push(file)
  for (const [id, {files}] of Object.entries(before.remedies ?? {})) if (files.includes(file)) record.remedies?.[id]?.files.push(file)
}
