// How an establishment stands today, for the list: one state word and shape each, and the facts beside it.

import type {OwnWork} from '../store/outbox'
import type {Day, Establishment, OpenFinding, VisitSummary} from '../store/shapes'

export const DUE_SOON_DAYS = 7

export type StandingState = 'overdue' | 'due_soon' | 'draft' | 'waiting' | 'inspected' | 'not_inspected'

export interface Standing {
  /** The one to show: an overdue finding before a draft before one due soon before what waits to be sent … */
  state: StandingState
  inspected_on: Day | null         // the newest counted visit of this year by one of `bodies`
  other_visit: VisitSummary | null // the newest counted visit of this year by another body
  open: OpenFinding[]              // open findings, soonest first
  overdue: OpenFinding[]
  due_soon: OpenFinding[]
  draft: boolean
  waiting: boolean
}

/** bodies: whose visits count as "inspected"; null = every body's. today: the commune's day. */
export declare function standing(establishment: Establishment, work: OwnWork | undefined, today: Day, bodies: readonly string[] | null): Standing

/** Counted on-site checks of the year at the establishment or another of the same business entity, newest first:
 *  when there is one, another check is a second visit and needs a reason. */
export declare function earlierChecks(establishment: Establishment, all: readonly Establishment[], year: string):
  (VisitSummary & {establishment: Establishment})[]
