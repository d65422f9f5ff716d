import {expect, test} from 'vitest'
import {askedOf, counts, defaultDueOn, extendedFor, findings, itemsFor, missing, ordered, progressBySection, restOf, usualRecommendation, type Visit} from '../../fieldapp/client/rules/checklist'
import {addDays, dayText, daysBetween, localDay, localTime} from '../../fieldapp/client/rules/days'
import {differencesFromRegister, figureRemark} from '../../fieldapp/client/rules/figures'
import {guard} from '../../fieldapp/client/rules/guard'
import {byName} from '../../fieldapp/client/rules/ordering'
import {fold, holds, wordsOf} from '../../fieldapp/client/rules/search'
import {earlierChecks, followUpReason, isSecond, standing, type OwnWork} from '../../fieldapp/client/rules/standing'
import type {Answer, Checklist, Inspection, OpenFinding, VisitSummary} from '../../fieldapp/client/store/shapes'
import {CHECKLIST, establishment, item} from './cast'
import {chance} from './chance'
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
  expect(progressBySection(CHECKLIST.sections, CHECKLIST.items, {A01: answer('dat')})).toMatchObject([
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
const finding = (due_on: string): OpenFinding => ({id: due_on, item: 'A01', text: '', note: '', due_on, follow_up: '', urgent: false})
const VISIT: Visit = {visited: '2026-11-21', second: false, open: []}

test.each<[string, Partial<Inspection>, Partial<Visit>, unknown[]]>([
  ['nothing', {}, {}, []],
  ['an answer', {answers: {A01: answer('dat')}}, {}, [{what: 'answer', item: 'C03'}]],
  ['words and a deadline', {answers: {A01: answer('chua_xem_xet', ' '), C03: answer('khong_dat')}}, {},
    [{what: 'note', item: 'A01'}, {what: 'note', item: 'C03'}, {what: 'due_on', item: 'C03'}]],
  ['a deadline not before the visit', {answers: {A01: answer('dat'), C03: answer('khong_dat', 'x', '2026-11-20')}}, {}, [{what: 'due_on', item: 'C03'}]],
  ['nothing, although a part is larger than its whole', {figures: {N01: 3, N02: 4}}, {}, []],
  ['the reason of a second visit', {}, {second: true}, [{what: 'second_visit'}]],
  ['the notice, the representative, the recommendation', {notice: null, representative: null, recommendation: null}, {},
    [{what: 'notice'}, {what: 'representative'}, {what: 'recommendation'}]],
  ['signatures', {signatures: []}, {}, [{what: 'signature', who: 'representative'}, {what: 'signature', who: 'inspector'}]],
  ['a witness of the refusal', {signatures: [], refusal: {reason: 'x', witness_name: '', witness_role: ''}}, {},
    [{what: 'refusal'}, {what: 'signature', who: 'inspector'}]],
  ['what was met at a closed door, and nobody\'s signature', {outcome: 'closed_door', answers: {}, signatures: []}, {}, [{what: 'reason'}]],
  ['what was said by one who refuses, and the signature of who heard it', {outcome: 'refused', answers: {}, signatures: []}, {},
    [{what: 'reason'}, {what: 'signature', who: 'inspector'}]],
  ['of a follow-up: a result for each finding, and proof of what is remedied', {kind: 'follow_up', answers: {}, recommendation: null,
    remedies: {f2: {item: 'A01', result: 'remedied', note: ' ', files: []}, f3: {item: 'A01', result: 'partly', note: '', files: []}}},
    {open: [finding('f1'), finding('f2'), finding('f3')]}, [{what: 'remedy', finding: 'f1'}, {what: 'evidence', finding: 'f2'}]],
  ['nobody else\'s word for papers that were sent', {kind: 'follow_up', mode: 'remote', answers: {}, recommendation: null, notice: null,
    representative: null, signatures: [WHOLE.signatures[1]!]}, {}, []],
  ['the reason of an amendment, of whatever outcome', {amends: 'i0', outcome: 'closed_door', note: 'Khóa cửa', answers: {}, signatures: []}, {},
    [{what: 'amend_reason'}]],
  ['the reason of a follow-up that is a second visit', {kind: 'follow_up'}, {second: true}, [{what: 'second_visit'}]],
])('before signing there lacks: %s', (_, record, visit, expected) => {
  expect(missing({...WHOLE, ...record}, CHECKLIST.items, {...VISIT, ...visit})).toEqual(expected)
})

test('what is asked about workers is not asked where there are none', () => {
  const items = [item({id: 'D01', only_if_over_0: 'N01'}), item({id: 'D03'})]
  expect(askedOf(items, {N01: 0}).map(one => one.id)).toEqual(['D03'])
  expect(askedOf(items, {N01: 1})).toHaveLength(2)
  expect(askedOf(items, {})).toHaveLength(2)
})

test('one tap answers what is left of a section, and never what an earlier visit left open', () => {
  const items = [item({id: 'A01'}), item({id: 'A02'}), item({id: 'A03', about_last: true}), item({id: 'C01', section: 'C'})]
  const ids = (answers: Record<string, Answer>, open: OpenFinding[]) => restOf(items, 'A', answers, open).map(one => one.id)
  expect(ids({}, [])).toEqual(['A01', 'A02', 'A03'])
  expect(ids({A02: answer('khong_dat')}, [])).toEqual(['A01', 'A03'])
  expect(ids({}, [finding('2026-11-01')])).toEqual(['A02'])
})

test('what the last visit left open comes first', () => {
  const list = {...CHECKLIST, items: [item({}), item({id: 'C03', section: 'C', about_last: true})]}
  expect(ordered(list, []).map(section => section.code)).toEqual(['A', 'C'])
  expect(ordered(list, [finding('2026-11-01')]).map(section => section.code)).toEqual(['C', 'A'])
})

test('the conclusion that is proposed follows from the answers', () => {
  const items = [item({id: 'A01'}), item({id: 'D03', refer: true})]
  const usual = (answers: Record<string, Answer>) => usualRecommendation({...WHOLE, answers}, items)
  expect([usual({A01: answer('dat')}), usual({A01: answer('khong_dat')}), usual({A01: answer('dat'), D03: answer('khong_dat')})])
    .toEqual(['good', 'remedy', 'refer'])
})

test('figures that look odd are remarked, and those that differ from the register are named', () => {
  const facts = {employees: 8, employees_with_contract: null, rooms: 6} as Inspection['facts']
  const figure = (id: string, max_of: string | null = null) => ({id, text: '', types: [], max_of, value: 'count' as const})
  const remark = (id: string, figures: Record<string, number>, max_of?: string) => figureRemark(figure(id, max_of ?? null), figures, facts)
  expect(remark('N02', {N01: 3, N02: 4}, 'N01')).toEqual({what: 'more_than_whole', whole: 3})
  expect(remark('N02', {N02: 4}, 'N01')).toBeNull()
  expect([remark('N01', {N01: 80}), remark('N01', {N01: 2})]).toEqual(Array(2).fill({what: 'far_from_register', registered: 8}))
  expect([remark('N01', {N01: 24}), remark('N01', {N01: 3}), remark('N05', {N05: 500})]).toEqual([null, null, null])
  expect(differencesFromRegister({N01: 8, N02: 5, N06: 7, N05: 9}, facts)).toEqual({employees_with_contract: 5, rooms: 7})
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
})

test('the steady clock of Vietnam says what the time zone database says', () => {
  const random = chance(1)
  const zone = new Intl.DateTimeFormat('en-CA', {timeZone: 'Asia/Ho_Chi_Minh', dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23'})
  for (let n = 0; n < 500; n++) {
    const at = random.below(2 ** 31) * 1000 + Date.UTC(1970, 0, 1)
    expect(`${localDay(at, 'Asia/Ho_Chi_Minh')}, ${localTime(at, 'Asia/Ho_Chi_Minh')}`).toBe(zone.format(at))
  }
})

test('names stand in the order that a Vietnamese dictionary gives them', () => {
  const random = chance(2)
  const words = ['Thôn', 'Tổ dân phố số', 'Mã', 'Ma', 'Má', 'Mạ', 'Mả', 'Mã', 'Đông', 'Dung', 'Dũng', 'Ân', 'An', 'Ăn', 'Ước', 'Uông', 'Ớt', 'Ô', 'Ơn', 'Ê', 'Em', '2', '10', '1']
  const names = Array.from({length: 300}, () => ({name: Array.from({length: 1 + random.below(3)}, () => random.pick(words)).join(' ')}))
  const collator = new Intl.Collator('vi', {numeric: true})
  expect(byName(names).map(({name}) => name)).toEqual([...names].sort((a, b) => collator.compare(a.name, b.name)).map(({name}) => name))
})

test.each(folding)('folds $text', ({text, folded}) => { expect(fold(text)).toBe(folded) })

test('words are found in any order, without diacritics, also those of the area', () => {
  const text = fold('Khách sạn Minh Họa 4321 đường Nguyễn Trác')
  const found = (typed: string) => holds(wordsOf(typed), text, fold('Thôn Mẫu'))
  expect(['hoa 4321 KHÁCH', 'duong trac', 'mau khach', ''].map(found)).toEqual([true, true, true, true])
  expect(['không có', 'hoa 4322', 'thon hoa x'].map(found)).toEqual([false, false, false])
})

test.each(guarding)('free text: $text', ({text, remarks}) => { expect(guard(text)).toEqual(remarks) })

test('a remark shows the words as they were typed', () => {
  expect(guard('Gặp Tiếp Viên, số 0912 345 678.')).toEqual([{seen: 'word', text: 'Tiếp Viên'}, {seen: 'phone_number', text: '0912 345 678'}])
})

const visit = (visited_on: string, change: Partial<VisitSummary> = {}): VisitSummary =>
  ({visited_on, bodies: ['team_178'], kind: 'planned', mode: 'on_site', outcome: 'conducted', document_no: '', counted: true, ...change})
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
  const rule = {by_entity: true, kinds: ['planned'], bodies: [], most: 1}
  const read = (given: Partial<typeof rule>) => earlierChecks(e1, all, '2026', new Map(), {...rule, ...given}).length
  expect(read({by_entity: false})).toBe(1)
  expect(read({most: 3})).toBe(0)                      // fewer than may be: no second visit yet
  expect(read({kinds: ['unscheduled']})).toBe(0)
})

test('a second visit is one on site that the rule counts; a follow-up says its reason by itself', () => {
  const e1 = establishment('e1', {summary: {visits: [visit('2026-03-01', {document_no: 'BB-2026-0007'})], findings: [], commitment: null}})
  const earlier = earlierChecks(e1, [e1], '2026')
  const second = (facts: Partial<Inspection>, given = earlier) => isSecond({...WHOLE, ...facts}, given)
  expect([second({}), second({kind: 'follow_up'})]).toEqual([true, true])
  expect([second({mode: 'remote'}), second({outcome: 'closed_door'}), second({}, [])]).toEqual([false, false, false])
  const narrow = {by_entity: true, kinds: ['planned'], bodies: ['police'], most: 1}
  expect([isSecond(WHOLE, earlier, narrow), isSecond({...WHOLE, bodies: ['police']}, earlier, narrow)]).toEqual([false, true])
  const undated = (day: string) => `of ${day}`
  expect(followUpReason(earlier, undated)).toEqual({reason: 'verify_remediation', document_no: 'BB-2026-0007'})
  const own = earlierChecks(e1, [e1], '2026', new Map([['e1', work({visits: [visit('2026-03-12', {document_no: ''})]})]]))
  expect(followUpReason(own, undated)!.document_no).toBe('BB-2026-0007')
  expect(followUpReason([{...earlier[0]!, document_no: ''}], undated)!.document_no).toBe('of 2026-03-01')
  expect(followUpReason([], undated)).toBeNull()
})
