// Photos of a draft: looked at and covered one after the other, kept, and taken out again with a word that undoes.

import {addPhoto, removePhoto, type Draft, type OpenDraft} from '../store/drafts'
import type {Sha256} from '../store/shapes'
import {shrink} from '../store/shrink'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {coverPeople} from '../widgets/cover'

/** Shows each photo for covering, and keeps those that are taken where they belong. saving: counts those on their way
 *  to the disk, under a key. */
export async function keepPhotos(app: App, draft: OpenDraft, photos: readonly File[], where: Parameters<typeof addPhoto>[3],
  saving: Map<string, number>, key: string): Promise<void> {
  const count = (more: number) => {
    saving.set(key, (saving.get(key) ?? 0) + more)
    app.draw()
  }
  count(photos.length)
  for (const [n, photo] of photos.entries()) {
    await app.attempt(async () => {
      const picture = await shrink(photo)
      const taken = await coverPeople({picture, nth: n + 1, of: photos.length, class: where.class, choose: draft.value.kind === 'inspection'})
      if (taken) await addPhoto(app.store, draft, picture, {...where, ...taken})
    })
    count(-1)
  }
}

/** Takes a photo out of a draft; it can be put back as long as the word stands. */
export function takeBackPhoto(app: App, draft: OpenDraft, file: Sha256): void {
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
