// Where a draft goes on: from the list, and by itself when the phone died in the middle.

import {drafts, type InspectionDraft, type Place} from '../store/drafts'
import type {Store} from '../store/store'

const KEY = 'fieldapp.here'
const FLOW = /^\/app\/[ic]\/([^/]+)/

/** Whether the visit itself has begun, not only the page before it. */
export function hasBegun({begun, screen}: Place): boolean {
  return begun === true || screen === 'inspection'
}

/** The address at which a draft inspection goes on: the screen that was last looked at. */
export function resumePath({id, place}: InspectionDraft): string {
  const within = hasBegun(place) ? place.screen : 'start'
  return within === '' || within === 'inspection' ? `/app/i/${id}` : `/app/i/${id}/${within}`
}

/** Notes the address that is shown, if it is one of a draft's; the draft itself knows the line. */
export function noteHere(path: string): void {
  try {
    if (FLOW.test(path)) localStorage.setItem(KEY, path)
    else localStorage.removeItem(KEY)
  } catch { /* a browser without storage begins at the list */ }
}

/** The address in a draft at which the app was cut off, or null. An app that is opened anew goes on there. */
export async function cutOffAt(store: Store): Promise<string | null> {
  const path = recall()
  const id = path && FLOW.exec(path)?.[1]
  return id && (await drafts(store)).some(draft => draft.id === id) ? path : null
}

function recall(): string | null {
  try { return localStorage.getItem(KEY) } catch { return null }
}
