// Where the person is, kept in the draft: the screen, the line, the field. A phone may die at any moment — a call, the
// camera, an empty battery, a turn of the wrist — and the same line is there again, however the page is laid out now.

import type {Draft, OpenDraft} from '../store/drafts'
import {goTo, goToSpot, spotNow} from '../ui/scroll'
import {watchTurn} from '../ui/turning'

const REST_MS = 250
const TURN_MS = 200
/** What a hand does before it moves a page. */
const BY_HAND = ['pointerdown', 'wheel', 'keydown', 'click'] as const

interface Holding { entered(): void; close(): void }

/** Keeps the place on a screen of a draft's flow. section: of the line, where the screen has sections. Where the page
 *  stands is where the person is only after they have moved it: what opening the screen, turning the phone or a late
 *  layout scrolls by itself is not where they went, and a page that is lower than their line would lose it. */
export function holdPlace(draft: OpenDraft, screen: string, section: () => string = () => ''): Holding {
  let rest = 0
  let byHand = false                   // since the page was last laid out anew
  const keep = (field: string | undefined = typedIn()) => {
    clearTimeout(rest)
    const {place} = draft.value
    const was = place.spots?.[screen]
    const spot = byHand && !turning.now() ? spotNow() : was
    if (place.screen === screen && was?.at === spot?.at && was?.offset === spot?.offset && place.field === field) return
    draft.change(value => keepIn(value, screen, section(), spot, field))
  }
  const stay = () => {
    byHand = false
    goToSpot(draft.value.place.spots?.[screen])
  }
  const turning = watchTurn(stay, stay, TURN_MS)
  const rested = () => {
    clearTimeout(rest)
    rest = window.setTimeout(() => keep(), REST_MS)
  }
  const moving = () => { byHand ||= !turning.now() }     // a thumb that holds the phone as it turns moves nothing
  const hidden = () => { if (document.visibilityState === 'hidden') keep() }
  const listeners = [['scroll', rested], ['focusin', rested], ['focusout', rested], ['pagehide', () => keep()]] as const
  return {
    entered() {
      byHand = goThere(draft, screen)
      rested()
      for (const [name, listener] of listeners) addEventListener(name, listener, {passive: true})
      for (const name of BY_HAND) addEventListener(name, moving, {passive: true, capture: true})
      document.addEventListener('visibilitychange', hidden)
    },
    close() {
      for (const [name, listener] of listeners) removeEventListener(name, listener)
      for (const name of BY_HAND) removeEventListener(name, moving, {capture: true})
      document.removeEventListener('visibilitychange', hidden)
      turning.end()
      keep(undefined)
    },
  }
}

/** To what is sought, else to the line and the field where the person was. Returns whether something sought is there. */
function goThere(draft: OpenDraft, screen: string): boolean {
  const {spots, seek, field, screen: before} = draft.value.place
  const wanted = seek === undefined ? null : document.getElementById(seek)
  if (wanted) goTo(wanted)
  else if (spots?.[screen]) goToSpot(spots[screen])
  if (!wanted && field && before === screen) document.getElementById(field)?.focus({preventScroll: true})
  if (seek !== undefined) draft.change(value => { delete value.place.seek })
  return wanted !== null
}

function keepIn({place}: Draft, screen: string, section: string, spot: ReturnType<typeof spotNow>, field: string | undefined): void {
  place.screen = screen
  place.section = section
  if (spot) place.spots = {...place.spots, [screen]: spot}
  if (field) place.field = field
  else delete place.field
}

/** The field that has the cursor, if words or figures go into it. */
function typedIn(): string | undefined {
  const element = document.activeElement
  return element?.matches('textarea, input[type="text"]') && element.id ? element.id : undefined
}
