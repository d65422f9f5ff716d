// What is needed only once a visit begins, a record is read, facts are corrected or one looks at what waits: a part of its
// own, so that the list need not wait for it. The worker has it in its cache like the rest, and it is fetched as soon as the first screen stands.

export {preparePen} from '../widgets/signature'
export {openActivity} from './activity'
export {openBegin} from './begin'
export {openCommitment, openCommitmentAtVisit} from './commitment'
export {openEdit, openNew} from './edit'
export {openInspection} from './inspection'
export {openRecord} from './record'
export {openReview} from './review'
export {openSync} from './sync'
