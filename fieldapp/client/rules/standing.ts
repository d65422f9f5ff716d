// How an establishment stands today, for the list: one state word and shape each, and the facts beside it.

import type {
  Day, Establishment, Inspection, Instant, Listed, OverlapRule, Seen, Uuid, VisitSummary,
} from '../store/shapes'
import {addDays} from './days'

const DUE_SOON_DAYS = 7

type StandingState = 'overdue' | 'draft' | 'due_soon' | 'waiting' | 'inspected' | 'not_inspected'

/** What a person has done on this phone that the office's summary may not show yet. */
export interface OwnWork {
  visits: VisitSummary[]           // own signed visits, newest first
  draft_updated_at: Instant | null
  waiting: number                  // ops without a receipt
}

interface DueOn { due_on: Day }

export interface Standing {
  /** The one to show: what is overdue before a draft, before what is soon due, before what waits to be sent … */
  state: StandingState
  inspected_on: Day | null         // the newest counted visit of this year by one of `bodies`
  other_visit: Seen | null         // the newest counted visit of this year in which none of `bodies` took part
  open: readonly DueOn[]           // open findings, soonest first
  overdue: readonly DueOn[]        // due before today; due today is not overdue
  due_soon: readonly DueOn[]       // due today or within DUE_SOON_DAYS
  draft: boolean
  waiting: boolean
}

/** bodies: whose visits count as "inspected"; null = every body's. today: the commune's day. */
export function standing({summary}: Pick<Listed, 'summary'>, work: OwnWork | undefined, today: Day, bodies: readonly string[] | null): Standing {
  const open = summary.findings
  const {ours, others} = newest(work?.visits.length ? [...work.visits, ...summary.visits] : summary.visits, today.slice(0, 4), bodies)
  const soon = open.length > 0 ? addDays(today, DUE_SOON_DAYS) : today
  const standing: Standing = {
    state: 'not_inspected',
    inspected_on: ours?.visited_on ?? null,
    other_visit: others,
    open,
    overdue: open.length > 0 ? open.filter(finding => finding.due_on < today) : open,
    due_soon: open.length > 0 ? open.filter(finding => finding.due_on >= today && finding.due_on <= soon) : open,
    draft: (work?.draft_updated_at ?? null) !== null,
    waiting: (work?.waiting ?? 0) > 0,
  }
  standing.state = stateOf(standing)
  return standing
}

/** The newest counted visit of the year by one of the bodies, and the newest in which none took part. One pass: a list asks
 *  this of thousands. */
function newest(visits: readonly Seen[], year: string, bodies: readonly string[] | null): {ours: Seen | null; others: Seen | null} {
  let ours: Seen | null = null
  let others: Seen | null = null
  for (const visit of visits) {
    if (!visit.counted || !visit.visited_on.startsWith(year)) continue
    if (bodies === null || takesPart(visit, bodies)) ours = later(ours, visit)
    else others = later(others, visit)
  }
  return {ours, others}
}

function takesPart(visit: Seen, bodies: readonly string[]): boolean {
  for (const body of bodies) if (visit.bodies.includes(body)) return true
  return false
}

function later(one: Seen | null, other: Seen): Seen {
  return one && one.visited_on >= other.visited_on ? one : other
}

function stateOf({overdue, draft, due_soon, waiting, inspected_on}: Omit<Standing, 'state'>): StandingState {
  if (overdue.length > 0) return 'overdue'
  if (draft) return 'draft'
  if (due_soon.length > 0) return 'due_soon'
  if (inspected_on === null) return 'not_inspected'
  return waiting ? 'waiting' : 'inspected'
}

export type EarlierCheck = VisitSummary & {establishment: Establishment}

/** How the rule is read where the office has not said otherwise. */
const USUAL_RULE: Pick<OverlapRule, 'by_entity' | 'kinds' | 'bodies' | 'most'> = {
  by_entity: true, kinds: ['planned', 'unscheduled', 'reinspection', 'follow_up'], bodies: [], most: 1,
}

/** Checks on site this year at the establishment or another of the same business entity, newest first, own signed ones
 *  included; none while there are fewer than may be. Where there are some, another check is a second visit and needs a reason.
 *  year: "2026". rule: as the commune reads it. Source: resolution 198/2025/QH15, article 4. */
export function earlierChecks(establishment: Establishment, all: readonly Establishment[], year: string,
  work: ReadonlyMap<Uuid, OwnWork> = new Map(), rule: typeof USUAL_RULE = USUAL_RULE): EarlierCheck[] {
  const {by_entity, kinds, bodies, most} = rule
  const same = all.filter(one => one.id === establishment.id
    || (by_entity && one.entity !== null && one.entity === establishment.entity))
  const checks = same.flatMap(one => [...work.get(one.id)?.visits ?? [], ...one.summary.visits]
    .filter(visit => visit.outcome === 'conducted' && visit.mode === 'on_site' && visit.visited_on.startsWith(year)
      && kinds.includes(visit.kind) && (bodies.length === 0 || visit.bodies.some(body => bodies.includes(body))))
    .map(visit => ({...visit, establishment: one})))
    .sort((a, b) => a.visited_on < b.visited_on ? 1 : -1)
  return checks.length < most ? [] : checks
}

/** Whether a visit would be one more check of the year than the rule allows, so that it needs a reason and its document.
 *  earlier: as earlierChecks tells. */
export function isSecond({kind, mode, outcome, bodies}: Pick<Inspection, 'kind' | 'mode' | 'outcome' | 'bodies'>,
  earlier: readonly EarlierCheck[], rule: typeof USUAL_RULE = USUAL_RULE): boolean {
  return earlier.length > 0 && outcome === 'conducted' && mode === 'on_site' && rule.kinds.includes(kind)
    && (rule.bodies.length === 0 || bodies.some(body => rule.bodies.includes(body)))
}

export const FOLLOW_UP_REASON = 'verify_remediation'

/** What a follow-up on site gives as its reason by itself: it verifies what the newest record before it asked for. The office's
 *  overlap.py says the same. null where nothing was checked before. undated: names a record that has no number yet. */
export function followUpReason(earlier: readonly EarlierCheck[], undated: (day: Day) => string): Inspection['second_visit'] {
  const newest = earlier.find(check => check.document_no) ?? earlier[0]
  return newest ? {reason: FOLLOW_UP_REASON, document_no: newest.document_no || undated(newest.visited_on)} : null
}
