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
export declare function counts(items: readonly ChecklistItem[], answers: Record<string, Answer>): Counts
/** Progress by section code, only of sections that have an item; in the checklist's order. */
export declare function progressBySection(checklist: Checklist, items: readonly ChecklistItem[], answers: Record<string, Answer>):
  (Progress & {code: string; text: string})[]

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

/** What is still missing. visited: the local day of the visit; second: whether this is a second check of the year. */
export declare function missing(record: Inspection, items: readonly ChecklistItem[], facts: {visited: Day; second: boolean; figures: readonly ChecklistFigure[]}): Missing[]

export interface Found { item: ChecklistItem; note: string; due_on: Day; photos: number }
/** The shortcomings that an inspection found, urgent ones first, then by deadline. */
export declare function findings(record: Inspection, items: readonly ChecklistItem[], visited: Day): Found[]
