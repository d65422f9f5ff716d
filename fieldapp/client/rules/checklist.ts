// Which items of a checklist apply, what is still missing before an inspection can be signed, and what it found.

import type {
  Answer, AnswerCode, Checklist, ChecklistFigure, ChecklistItem, Day, Inspection, OpenFinding, Remedy, Uuid,
} from '../store/shapes'
import {addDays} from './days'

/** Whether an item belongs to the standard checklist of a type. fieldapp/checklists.py does the same. */
export function applies(item: ChecklistItem, type: string): boolean {
  if (!item.types.includes(type)) return false
  if (item.default_on_for.includes(type)) return true
  return item.default_on && !item.default_off_for.includes(type)
}

/** The items to answer for a type, in the checklist's order; `extra` names extended ones that the team switched on. */
export function itemsFor(checklist: Checklist, type: string, extra: readonly string[] = []): ChecklistItem[] {
  return checklist.items.filter(item => applies(item, type) || (item.types.includes(type) && extra.includes(item.id)))
}

/** The extended items that the team may switch on for a type. */
export function extendedFor(checklist: Checklist, type: string): ChecklistItem[] {
  return checklist.items.filter(item => item.types.includes(type) && !applies(item, type))
}

/** The figures to take for a type. */
export function figuresFor(checklist: Checklist, type: string): ChecklistFigure[] {
  return checklist.figures.filter(figure => figure.types.includes(type))
}

/** The items that a figure leaves to ask: "how many workers" at zero makes what is asked about them pointless. */
export function askedOf(items: readonly ChecklistItem[], figures: Inspection['figures']): ChecklistItem[] {
  return items.filter(item => !item.only_if_over_0 || figures[item.only_if_over_0] !== 0)
}

/** The items of a section that one tap may answer "đạt": those without an answer, and none that an earlier visit left
 *  open, because a shortcoming is looked at by itself. */
export function restOf(items: readonly ChecklistItem[], section: string, answers: Record<string, Answer>,
  open: readonly OpenFinding[]): ChecklistItem[] {
  return items.filter(item => item.section === section && !answers[item.id]
    && !(open.length > 0 && (item.about_last || open.some(finding => finding.item === item.id))))
}

/** The sections in the order of a visit: what is asked about the last visit comes first where it left something open. */
export function ordered(checklist: Checklist, open: readonly OpenFinding[]): Checklist['sections'] {
  if (open.length === 0) return checklist.sections
  const first = (code: string) => checklist.items.some(item => item.section === code && item.about_last)
  return [...checklist.sections.filter(({code}) => first(code)), ...checklist.sections.filter(({code}) => !first(code))]
}

/** What the team concludes as a rule from the answers: a proposal, which the person sees and changes. */
export function usualRecommendation(record: Inspection, items: readonly ChecklistItem[]): NonNullable<Inspection['recommendation']> {
  const found = items.filter(item => record.answers[item.id]?.a === 'khong_dat')
  return found.some(item => item.refer) ? 'refer' : found.length ? 'remedy' : 'good'
}

/** The default deadline of a shortcoming: so many days from the visit's local day. */
export function defaultDueOn(item: ChecklistItem, visited: Day): Day {
  return addDays(visited, item.remediation.days)
}

interface Progress { answered: number; total: number }
export interface Counts extends Progress { by: Record<AnswerCode, number> }

/** How many items are answered, and how. */
export function counts(items: readonly ChecklistItem[], answers: Record<string, Answer>): Counts {
  const by: Counts['by'] = {dat: 0, khong_dat: 0, khong_ap_dung: 0, chua_xem_xet: 0}
  for (const item of items) {
    const answer = answers[item.id]
    if (answer) by[answer.a] += 1
  }
  return {by, answered: by.dat + by.khong_dat + by.khong_ap_dung + by.chua_xem_xet, total: items.length}
}

export interface SectionProgress extends Progress { code: string; text: string }

/** Progress by section, in the order given, only of sections that have an item. */
export function progressBySection(sections: Checklist['sections'], items: readonly ChecklistItem[], answers: Record<string, Answer>): SectionProgress[] {
  return sections.map(({code, text}) => {
    const here = items.filter(item => item.section === code)
    return {code, text, answered: here.filter(item => answers[item.id]).length, total: here.length}
  }).filter(section => section.total > 0)
}

/** What keeps an inspection from being signed, in the order of the screens. */
export type Missing =
  | {what: 'answer'; item: string}
  | {what: 'note'; item: string}                     // "không đạt" and "chưa xem xét" need words
  | {what: 'due_on'; item: string}                   // "không đạt" needs a deadline not before the visit
  | {what: 'remedy'; finding: Uuid}                  // a follow-up says of each open finding how it stands
  | {what: 'evidence'; finding: Uuid}                // "remedied" needs a picture or words
  | {what: 'reason'}                                 // closed door or refused: what was met
  | {what: 'amend_reason'}                           // an amendment says why it replaces a signed record
  | {what: 'second_visit'}                           // a second check of the year needs a reason and its document
  | {what: 'notice'}                                 // the notice about data was not read to the owner
  | {what: 'representative'}
  | {what: 'recommendation'}
  | {what: 'signature'; who: 'representative' | 'inspector'}   // or, of the representative, a refusal with its witness
  | {what: 'refusal'}                                // reason or witness of the refusal to sign

export interface Visit {
  visited: Day                     // the local day of the visit
  second: boolean                  // whether it is one more check of the year than may be
  open: readonly OpenFinding[]     // what earlier visits left open
}

/** What is still missing before the record can be signed; empty = it can. Nobody signs alone at a closed door. */
export function missing(record: Inspection, items: readonly ChecklistItem[], visit: Visit): Missing[] {
  const {refusal, representative, second_visit, outcome, kind, mode} = record
  const signed = (who: 'representative' | 'inspector') => record.signatures.some(signature => signature.who === who)
  const inspector: Missing[] = signed('inspector') ? [] : [{what: 'signature', who: 'inspector'}]
  const why: Missing[] = record.amends && !record.amend_reason.trim() ? [{what: 'amend_reason'}] : []
  const reason: Missing[] = record.note.trim() ? why : [...why, {what: 'reason'}]
  if (outcome === 'closed_door') return reason
  if (outcome === 'refused') return [...reason, ...inspector]
  const met = mode === 'on_site'
  const follow_up = kind === 'follow_up'
  const found: (Missing | false)[] = [
    ...why,
    ...follow_up ? visit.open.flatMap(finding => missingOfRemedy(finding.id, record.remedies?.[finding.id]))
      : items.flatMap(item => missingOfItem(item.id, record.answers[item.id], visit.visited)),
    visit.second && !(second_visit?.reason && second_visit.document_no.trim()) && {what: 'second_visit'},
    met && !record.notice && {what: 'notice'},
    met && !representative?.name.trim() && !refusal && {what: 'representative'},
    !follow_up && !record.recommendation && {what: 'recommendation'},
    met && !refusal && !signed('representative') && {what: 'signature', who: 'representative'},
    refusal !== null && !(refusal.reason.trim() && refusal.witness_name.trim()) && {what: 'refusal'},
    ...inspector,
  ]
  return found.filter(one => one !== false)
}

function missingOfRemedy(finding: Uuid, remedy: Remedy | undefined): Missing[] {
  if (!remedy) return [{what: 'remedy', finding}]
  const proven = remedy.result !== 'remedied' || remedy.files.length > 0 || remedy.note.trim() !== ''
  return proven ? [] : [{what: 'evidence', finding}]
}

function missingOfItem(item: string, answer: Answer | undefined, visited: Day): Missing[] {
  if (!answer) return [{what: 'answer', item}]
  const wordless = (answer.a === 'khong_dat' || answer.a === 'chua_xem_xet') && !answer.note.trim()
  const late = answer.a === 'khong_dat' && !(answer.due_on !== undefined && answer.due_on >= visited)
  return [...wordless ? [{what: 'note', item} as const] : [], ...late ? [{what: 'due_on', item} as const] : []]
}

interface Found { item: ChecklistItem; note: string; due_on: Day; photos: number }

/** The shortcomings that an inspection found, urgent ones first, then by deadline. */
export function findings(record: Inspection, items: readonly ChecklistItem[], visited: Day): Found[] {
  const found = items.flatMap((item): Found[] => {
    const answer = record.answers[item.id]
    if (answer?.a !== 'khong_dat') return []
    return [{item, note: answer.note, due_on: answer.due_on ?? defaultDueOn(item, visited), photos: answer.files.length}]
  })
  return found.sort((a, b) => Number(b.item.urgent) - Number(a.item.urgent) || (a.due_on < b.due_on ? -1 : Number(a.due_on > b.due_on)))
}
