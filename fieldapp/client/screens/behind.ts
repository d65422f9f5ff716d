// The list one came from stays built behind what was opened from it, so that going back shows it at once. What changes
// meanwhile it learns when the person rests, or at the latest when it is shown again.

import {absences} from '../store/aside'
import type {Change} from '../store/feed'
import type {App, Screen} from '../ui/screen'
import {say} from '../ui/strings'

const REST_MS = 400

interface Left { path: string; screen: Screen; as: string; missed: Change[]; learning: Promise<void> }

export interface Behind {
  /** Makes way for another screen. */
  leave(path: string, screen: Screen): void
  /** The screen of this address as it was left, with what it has missed; null when it is to be opened anew. */
  again(path: string): Promise<Screen | null>
  missed(change: Change): void
}

/** front: the screen that is shown. draw: draws another one anew behind it. */
export function openBehind(app: App, front: () => Screen, draw: (screen: Screen) => void): Behind {
  let left: Left | null = null
  let timer = 0
  // Another day, another language, and a page that was put aside have other words for everything.
  const now = () => `${app.today} ${say.code} ${absences()}`
  const learn = (one: Left): Promise<void> => one.learning = one.learning.then(async () => {
    for (const change of one.missed.splice(0)) await one.screen.changed?.(change)
  })
  // Not between the answers of a visit: the list of thousands takes a cheap phone as long as an answer does.
  const soon = () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      const one = left
      if (one?.missed.length && !front().saving) learn(one).then(() => draw(one.screen), () => { left = null })
    }, REST_MS)
  }
  return {
    leave(path, screen) {
      if (screen.stays) left = {path, screen, as: now(), missed: [], learning: Promise.resolve()}
      else soon()
    },
    async again(path) {
      const one = left
      if (!one || one.path !== path || one.as !== now()) return null
      return learn(one).then(() => one.screen, () => null)
    },
    missed(change) {
      if (!left || left.screen === front()) return
      left.missed.push(change)
      soon()
    },
  }
}
