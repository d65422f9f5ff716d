// Which items of a checklist apply, what is still missing before an inspection can be signed, and what it found.

import type {Answer, AnswerCode, Checklist, ChecklistFigure, ChecklistItem, Day, Inspection} from '../store/shapes'
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

/** The default deadline of a shortcoming: so many days from the visit's local day. */
export function defaultDueOn(item: ChecklistItem, visited: Day): Day {
  return addDays(visited, item.remediation.days)
}

export interface Progress { answered: number; total: number }
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

/** Progress by section, in the checklist's order, only of sections that have an item. */
export function progressBySection(checklist: Checklist, items: readonly ChecklistItem[], answers: Record<string, Answer>): SectionProgress[] {
  return checklist.sections.map(({code, text}) => {
    const here = items.filter(item => item.section === code)
    return {code, text, answered: here.filter(item => answers[item.id]).length, total: here.length}
  }).filter(section => section.total > 0)
}

/** What keeps an inspection from being signed, in the order of the screens. */
export type Missing =
  | {what: 'answer'; item: string}
  | {what: 'note'; item: string}                     // "không đạt" and "chưa xem xét" need words
  | {what: 'due_on'; item: string}                   // "không đạt" needs a deadline not before the visit
  | {what: 'figure'; figure: string; max_of: string} // more than the figure it is a part of
  | {what: 'reason'}                                 // closed door or refused: what was met
  | {what: 'second_visit'}                           // a second check of the year needs a reason and its document
  | {what: 'notice'}                                 // the notice about data was not read to the owner
  | {what: 'representative'}
  | {what: 'recommendation'}
  | {what: 'signature'; who: 'representative' | 'inspector'}   // or, of the representative, a refusal with its witness
  | {what: 'refusal'}                                // reason or witness of the refusal to sign

export interface Visit {
  visited: Day                     // the local day of the visit
  second: boolean                  // whether the establishment, or its entity, was checked this year already
  figures: readonly ChecklistFigure[]
}

/** What is still missing before the record can be signed; empty = it can. */
export function missing(record: Inspection, items: readonly ChecklistItem[], visit: Visit): Missing[] {
  const signed = (who: 'representative' | 'inspector') => record.signatures.some(signature => signature.who === who)
  const inspector: Missing[] = signed('inspector') ? [] : [{what: 'signature', who: 'inspector'}]
  if (record.outcome !== 'conducted') return [...record.note.trim() ? [] : [{what: 'reason'} as const], ...inspector]
  const {refusal, representative, second_visit} = record
  const found: (Missing | false)[] = [
    ...items.flatMap(item => missingOfItem(item.id, record.answers[item.id], visit.visited)),
    ...visit.figures.flatMap(figure => tooMany(figure, record.figures)),
    visit.second && record.mode === 'on_site' && !(second_visit?.reason && second_visit.document_no.trim()) && {what: 'second_visit'},
    !record.notice && {what: 'notice'},
    !representative?.name.trim() && !refusal && {what: 'representative'},
    !record.recommendation && {what: 'recommendation'},
    !refusal && !signed('representative') && {what: 'signature', who: 'representative'},
    refusal !== null && !(refusal.reason.trim() && refusal.witness_name.trim()) && {what: 'refusal'},
    ...inspector,
  ]
  return found.filter(one => one !== false)
}

function missingOfItem(item: string, answer: Answer | undefined, visited: Day): Missing[] {
  if (!answer) return [{what: 'answer', item}]
  const wordless = (answer.a === 'khong_dat' || answer.a === 'chua_xem_xet') && !answer.note.trim()
  const late = answer.a === 'khong_dat' && !(answer.due_on !== undefined && answer.due_on >= visited)
  return [...wordless ? [{what: 'note', item} as const] : [], ...late ? [{what: 'due_on', item} as const] : []]
}

/** A part cannot be more than its whole; either may be left blank. */
function tooMany({id, max_of}: ChecklistFigure, figures: Inspection['figures']): Missing[] {
  const part = figures[id]
  const whole = max_of === null ? undefined : figures[max_of]
  return max_of !== null && typeof part === 'number' && typeof whole === 'number' && part > whole ? [{what: 'figure', figure: id, max_of}] : []
}

export interface Found { item: ChecklistItem; note: string; due_on: Day; photos: number }

/** The shortcomings that an inspection found, urgent ones first, then by deadline. */
export function findings(record: Inspection, items: readonly ChecklistItem[], visited: Day): Found[] {
  const found = items.flatMap((item): Found[] => {
    const answer = record.answers[item.id]
    if (answer?.a !== 'khong_dat') return []
    return [{item, note: answer.note, due_on: answer.due_on ?? defaultDueOn(item, visited), photos: answer.files.length}]
  })
  return found.sort((a, b) => Number(b.item.urgent) - Number(a.item.urgent) || (a.due_on < b.due_on ? -1 : Number(a.due_on > b.due_on)))
}
