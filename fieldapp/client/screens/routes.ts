// Every address of the app and the screen behind it.

import type {Opener} from '../ui/screen'
import {openEstablishment, prepareEstablishment} from './establishment'
import {openPlaces} from './places'
import {openSignInAgain} from './sign_in'
import {openWork} from './work'

type Visiting = typeof import('./visiting')
type Opening = {[Name in keyof Visiting]: Visiting[Name] extends Opener ? Name : never}[keyof Visiting]

const visiting = () => import('./visiting')
const ofVisit = (name: Opening): Opener => async (app, params) => (await visiting())[name](app, params)

export const openRecord = ofVisit('openRecord')

/** Has everything at hand that a visit needs, before anybody asks for it. */
export const prepareVisit = async () => (await visiting()).preparePen()

/** What can be read for an address before the tap on its link has come to its end. */
export const preparations = [['/app/e/:id', prepareEstablishment]] as const

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
