import {expect, test} from 'vitest'
import {counts, defaultDueOn, extendedFor, findings, itemsFor, missing, progressBySection, type Visit} from '../../fieldapp/client/rules/checklist'
import {addDays, dayText, daysBetween, localDay, localTime, readDay} from '../../fieldapp/client/rules/days'
import {guard} from '../../fieldapp/client/rules/guard'
import {fold, index} from '../../fieldapp/client/rules/search'
import {earlierChecks, standing, type OwnWork} from '../../fieldapp/client/rules/standing'
import type {Answer, Checklist, Inspection, OpenFinding, VisitSummary} from '../../fieldapp/client/store/shapes'
import {CHECKLIST, establishment, item} from './cast'
import applying from '../vectors/checklist.json'
import folding from '../vectors/folding.json'
import guarding from '../vectors/guard.json'

const shipped: Checklist = {...CHECKLIST, items: applying.items.map(item)}

test.each(Object.entries(applying.applies))('the standard items of %s', (type, expected) => {
  expect(itemsFor(shipped, type).map(one => one.id)).toEqual(expected)
})

test('a karaoke has 29 items, and more that the team may switch on', () => {
  expect(itemsFor(shipped, 'karaoke')).toHaveLength(29)
  expect(extendedFor(shipped, 'karaoke').map(one => one.id)).toEqual(applying.extended.karaoke)
  expect(itemsFor(shipped, 'karaoke', ['A05', 'A07'])).toHaveLength(30)      // A07 is not for a karaoke at all
})

const answer = (a: Answer['a'], note = '', due_on?: string): Answer => ({a, note, files: [], ...due_on !== undefined && {due_on}})

test('counts and progress', () => {
  const answers = {A01: answer('dat'), C03: answer('khong_dat'), Z99: answer('dat')}
  expect(counts(CHECKLIST.items, answers)).toMatchObject({answered: 2, total: 2, by: {dat: 1, khong_dat: 1, chua_xem_xet: 0}})
  expect(progressBySection(CHECKLIST, CHECKLIST.items, {A01: answer('dat')})).toMatchObject([
    {code: 'A', answered: 1, total: 1}, {code: 'C', answered: 0, total: 1}])
})

const WHOLE: Inspection = {
  id: 'i', establishment: 'e1', author: 'a', kind: 'planned', mode: 'on_site', outcome: 'conducted', bodies: ['team_178'],
  members: [], started_at: '', ended_at: '', checklist: CHECKLIST.id,
  answers: {A01: answer('dat'), C03: answer('khong_dat', 'Cửa khóa', '2026-11-22')}, figures: {}, note: '',
  facts: {} as Inspection['facts'], notice: {version: '1', read_at: ''}, representative: {name: 'Mẫu', capacity: 'owner'},
  opinion: '', recommendation: 'remedy', second_visit: null, refusal: null, commitment: null, photos: {}, amends: null,
  amend_reason: '', app: '', signatures: [{who: 'representative', name: 'Mẫu', file: 'f'}, {who: 'inspector', name: 'Bình', file: 'g'}],
}
const VISIT: Visit = {visited: '2026-11-21', second: false, figures: [{id: 'N02', text: '', types: [], max_of: 'N01', value: 'count'}]}

test.each<[string, Partial<Inspection>, Partial<Visit>, unknown[]]>([
  ['nothing', {}, {}, []],
  ['an answer', {answers: {A01: answer('dat')}}, {}, [{what: 'answer', item: 'C03'}]],
  ['words and a deadline', {answers: {A01: answer('chua_xem_xet', ' '), C03: answer('khong_dat')}}, {},
    [{what: 'note', item: 'A01'}, {what: 'note', item: 'C03'}, {what: 'due_on', item: 'C03'}]],
  ['a deadline not before the visit', {answers: {A01: answer('dat'), C03: answer('khong_dat', 'x', '2026-11-20')}}, {}, [{what: 'due_on', item: 'C03'}]],
  ['a part no larger than its whole', {figures: {N01: 3, N02: 4}}, {}, [{what: 'figure', figure: 'N02', max_of: 'N01'}]],
  ['the reason of a second visit', {}, {second: true}, [{what: 'second_visit'}]],
  ['no reason for a check of papers', {mode: 'remote'}, {second: true}, []],
  ['the notice, the representative, the recommendation', {notice: null, representative: null, recommendation: null}, {},
    [{what: 'notice'}, {what: 'representative'}, {what: 'recommendation'}]],
  ['signatures', {signatures: []}, {}, [{what: 'signature', who: 'representative'}, {what: 'signature', who: 'inspector'}]],
  ['a witness of the refusal', {signatures: [], refusal: {reason: 'x', witness_name: '', witness_role: ''}}, {},
    [{what: 'refusal'}, {what: 'signature', who: 'inspector'}]],
  ['what was met at a closed door', {outcome: 'closed_door', answers: {}, signatures: []}, {}, [{what: 'reason'}, {what: 'signature', who: 'inspector'}]],
])('before signing there lacks: %s', (_, record, visit, expected) => {
  expect(missing({...WHOLE, ...record}, CHECKLIST.items, {...VISIT, ...visit})).toEqual(expected)
})

test('shortcomings: urgent ones first, with the default deadline from the day of the visit', () => {
  const record = {...WHOLE, answers: {A01: answer('khong_dat', 'a'), C03: answer('khong_dat', 'b', '2026-12-30')}}
  expect(findings(record, CHECKLIST.items, '2026-11-21').map(found => [found.item.id, found.due_on])).toEqual([['C03', '2026-12-30'], ['A01', '2026-12-06']])
  expect(defaultDueOn(CHECKLIST.items[1]!, '2026-12-31')).toBe('2027-01-01')
})

test('a day is that of the commune', () => {
  expect(localDay('2025-12-31T17:30:00Z', 'Asia/Ho_Chi_Minh')).toBe('2026-01-01')
  expect(localDay('2025-12-31T23:30:00+07:00', 'Asia/Ho_Chi_Minh')).toBe('2025-12-31')
  expect(localTime('2026-03-12T08:38:00Z', 'Asia/Ho_Chi_Minh')).toBe('15:38')
  expect(localTime('2026-03-11T17:05:00Z', 'Asia/Ho_Chi_Minh')).toBe('00:05')
  expect([dayText('2026-03-05'), addDays('2026-02-28', 1), daysBetween('2026-03-05', '2026-02-28')]).toEqual(['05/03/2026', '2026-03-01', -5])
  expect(['5/3/2026', '05-03-2026', '2026-03-05', '31/02/2026', '3/2026', ''].map(readDay))
    .toEqual(['2026-03-05', '2026-03-05', '2026-03-05', null, null, null])
})

test.each(folding)('folds $text', ({text, folded}) => { expect(fold(text)).toBe(folded) })

test('words are found in any order, without diacritics, quickly', () => {
  const many = Array.from({length: 5_000}, (_, n) => `Khách sạn Minh Họa ${n} đường Nguyễn Trác`)
  const search = index(many, text => text)
  const started = performance.now()
  expect(search.find('hoa 4321 KHÁCH')).toEqual([many[4321]])
  expect(search.find('duong trac')).toHaveLength(5_000)
  expect(performance.now() - started).toBeLessThan(50)
  expect(search.find('')).toEqual(many)
  expect(search.find('không có')).toEqual([])
})

test.each(guarding)('free text: $text', ({text, remarks}) => { expect(guard(text)).toEqual(remarks) })

test('a remark shows the words as they were typed', () => {
  expect(guard('Gặp Tiếp Viên, số 0912 345 678.')).toEqual([{seen: 'word', text: 'Tiếp Viên'}, {seen: 'phone_number', text: '0912 345 678'}])
})

const visit = (visited_on: string, change: Partial<VisitSummary> = {}): VisitSummary =>
  ({visited_on, bodies: ['team_178'], kind: 'planned', mode: 'on_site', outcome: 'conducted', document_no: '', counted: true, ...change})
const finding = (due_on: string): OpenFinding => ({id: due_on, item: 'A01', text: '', note: '', due_on, follow_up: '', urgent: false})
const work = (change: Partial<OwnWork>): OwnWork => ({visits: [], draft_updated_at: null, waiting: 0, ...change})

test.each<[string, VisitSummary[], OpenFinding[], OwnWork | undefined, string[] | null]>([
  ['not_inspected', [visit('2025-12-31')], [], undefined, null],
  ['not_inspected', [visit('2026-03-01', {counted: false, outcome: 'closed_door'})], [], undefined, null],
  ['not_inspected', [visit('2026-01-14', {bodies: ['police']})], [], undefined, ['team_178']],
  ['inspected', [visit('2026-01-14', {bodies: ['police']})], [], undefined, null],
  ['inspected', [visit('2026-03-01')], [finding('2026-03-20')], undefined, null],
  ['due_soon', [visit('2026-03-01')], [finding('2026-03-12')], undefined, null],
  ['due_soon', [visit('2026-03-01')], [finding('2026-03-19')], undefined, null],
  ['overdue', [visit('2026-03-01')], [finding('2026-03-11')], work({draft_updated_at: 'x'}), null],
  ['draft', [], [finding('2026-03-12')], work({draft_updated_at: 'x'}), null],
  ['waiting', [], [], work({waiting: 1, visits: [visit('2026-03-12')]}), null],
  ['not_inspected', [], [], work({waiting: 1}), null],
])('an establishment on 12/03/2026 is %s', (state, visits, found, own, bodies) => {
  const one = establishment('e1', {summary: {visits, findings: found, commitment: null}})
  expect(standing(one, own, '2026-03-12', bodies).state).toBe(state)
})

test("another body's visit stands beside", () => {
  const one = establishment('e1', {summary: {visits: [visit('2026-01-14', {bodies: ['police']})], findings: [], commitment: null}})
  expect(standing(one, undefined, '2026-03-12', ['team_178'])).toMatchObject({inspected_on: null, other_visit: {visited_on: '2026-01-14'}})
})

test('earlier checks of the year: every body, every establishment of the same entity, own signed ones too', () => {
  const e1 = establishment('e1', {summary: {visits: [visit('2026-01-14', {bodies: ['police']}), visit('2025-05-05')], findings: [], commitment: null}})
  const branch = establishment('e2', {summary: {visits: [visit('2026-02-01', {kind: 'follow_up', counted: false}), visit('2026-03-01', {mode: 'remote'})], findings: [], commitment: null}})
  const stranger = establishment('e3', {entity: null, summary: {visits: [visit('2026-02-02')], findings: [], commitment: null}})
  const all = [e1, branch, stranger]
  expect(earlierChecks(e1, all, '2026').map(check => [check.establishment.id, check.visited_on])).toEqual([['e2', '2026-02-01'], ['e1', '2026-01-14']])
  expect(earlierChecks(stranger, all, '2026')).toHaveLength(1)
  expect(earlierChecks(branch, all, '2026', new Map([['e1', work({visits: [visit('2026-03-12')]})]]))).toHaveLength(3)
})
