// What is needed only once a visit begins, a record is read, facts are corrected or one looks at what waits: a part of its
// own, so that the list need not wait for it. The worker has it in its cache like the rest, and it is fetched as soon as the first screen stands.

import {vi} from '../ui/strings.vi'
import {visitVi} from '../ui/strings.visit.vi'

// The list starts without the words of a visit; English is fetched whole.
Object.assign(vi, visitVi)

export {preparePen} from '../widgets/signature'
export {openActivity} from './activity'
export {openBegin, prepareBegin} from './begin'
export {openCommitment, openCommitmentAtVisit} from './commitment'
export {openEdit, openNew} from './edit'
export {openInspection, prepareInspection} from './inspection'
export {openRecord} from './record'
export {openReview} from './review'
export {openSync} from './sync'
