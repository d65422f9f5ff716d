// Every address of the app and the screen behind it.

import type {Opener} from '../ui/screen'
import {openBegin} from './begin'
import {openCommitment, openCommitmentAtVisit} from './commitment'
import {openEdit, openNew} from './edit'
import {openEstablishment} from './establishment'
import {openInspection} from './inspection'
import {openPlaces} from './places'
import {openRecord} from './record'
import {openReview} from './review'
import {openSignInAgain} from './sign_in'
import {openSync} from './sync'
import {openWork} from './work'

export const routes: readonly (readonly [pattern: string, opener: Opener])[] = [
  ['/app', openWork],
  ['/app/places', openPlaces],
  ['/app/sync', openSync],
  ['/app/sign-in', openSignInAgain],
  ['/app/new', openNew],
  ['/app/e/:id', openEstablishment],
  ['/app/e/:id/edit', openEdit],
  ['/app/i/:id', openInspection],
  ['/app/i/:id/start', openBegin],
  ['/app/i/:id/review', openReview],
  ['/app/i/:id/commitment', openCommitmentAtVisit],
  ['/app/c/:id', openCommitment],
  ['/app/r/:id', openRecord],
]
