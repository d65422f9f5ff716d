// Every address of the app and the screen behind it.

import {openDraft} from '../store/drafts'
import type {App, Opener} from '../ui/screen'
import {openEstablishment, prepareEstablishment} from './establishment'
import {openPlaces} from './places'
import {openSignInAgain} from './sign_in'
import {openWork} from './work'

type Visiting = typeof import('./visiting')
type Opening = {[Name in keyof Visiting]: Visiting[Name] extends Opener ? Name : never}[keyof Visiting]

let part: Visiting | null = null     // once it is there: asking for it again takes a phone some milliseconds
const visiting = async () => part ??= await import('./visiting')
const ofVisit = (name: Opening): Opener => async (app, params) => (await visiting())[name](app, params)

export const openRecord = ofVisit('openRecord')

/** Has everything at hand that a visit needs, before anybody asks for it. */
export const prepareVisit = async () => (await visiting()).preparePen()

type Preparation = (app: App, params: Record<string, string>) => Promise<void>

/** What can be read for an address before the tap on its link has come to its end. */
export const preparations: readonly (readonly [pattern: string, prepare: Preparation])[] = [['/app/e/:id', prepareEstablishment]]

/** What is read once the screen of an address rests, for the tap that mostly follows. */
export const followers: typeof preparations = [
  ['/app/e/:id', async app => (await visiting()).prepareBegin(app)],
  ['/app/i/:id/start', async (app, params) => (await visiting()).prepareInspection(app, params)],
  ['/app/i/:id', async (app, {id}) => prepareEstablishment(app, {id: (await openDraft(app.store, id!)).value.establishment})],
]

export const routes: readonly (readonly [pattern: string, opener: Opener])[] = [
  ['/app', openWork],
  ['/app/places', openPlaces],
  ['/app/sync', ofVisit('openSync')],
  ['/app/sign-in', openSignInAgain],
  ['/app/new', ofVisit('openNew')],
  ['/app/activity', ofVisit('openActivity')],
  ['/app/e/:id', openEstablishment],
  ['/app/e/:id/edit', ofVisit('openEdit')],
  ['/app/i/:id', ofVisit('openInspection')],
  ['/app/i/:id/start', ofVisit('openBegin')],
  ['/app/i/:id/review', ofVisit('openReview')],
  ['/app/i/:id/commitment', ofVisit('openCommitmentAtVisit')],
  ['/app/c/:id', ofVisit('openCommitment')],
  ['/app/r/:id', openRecord],
]
