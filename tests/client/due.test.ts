import {expect, test} from 'vitest'
import {due, fulfilled, teamOn} from '../../fieldapp/client/rules/schedule'
import type {ScheduleEntry, Team, Unit, VisitSummary} from '../../fieldapp/client/store/shapes'
import cases from '../vectors/schedule.json'

const COUNTED = ['planned', 'unscheduled', 'reinspection']

function entry(given: Partial<ScheduleEntry>): ScheduleEntry {
  return {
    id: 'a', establishment: 'e1', month: '2026-11', day: null, kind: 'planned', bodies: ['team_178'], inspectors: [],
    campaign: '', postponed: false, since: '2026-01-10', ...given,
  }
}

function visit(given: Partial<VisitSummary>): VisitSummary {
  const made = {visited_on: '', bodies: [], kind: 'planned', mode: 'on_site', outcome: 'conducted', document_no: '', ...given}
  return {...made, counted: made.outcome === 'conducted' && made.mode === 'on_site' && COUNTED.includes(made.kind)}
}

test.each(cases)('what fulfils an entry: $why', ({entries, visits, done}) => {
  expect(Object.fromEntries(fulfilled(entries.map(entry), visits.map(visit)))).toEqual(done)
})

test.each([
  [{month: '2026-10'}, 'overdue'], [{month: '2026-11'}, 'this_month'], [{month: '2026-12'}, 'later'],
  [{day: '2026-11-20'}, 'overdue'], [{day: '2026-11-21'}, 'today'], [{day: '2026-11-22'}, 'this_month'],
] as const)('on 21 November, %o is %s', (given, state) => {
  expect(due([entry(given)], [], '2026-11-21', 'binh')?.state).toBe(state)
})

test('the next thing to do is the earliest that is not done, and says whose it is', () => {
  const entries = [entry({id: 'b', month: '2026-12', inspectors: ['binh']}), entry({id: 'a', month: '2026-10'})]
  expect(due(entries, [], '2026-11-21', 'binh')).toMatchObject({state: 'overdue', entry: {id: 'a'}, mine: false})
  const visits = [visit({visited_on: '2026-11-02', bodies: ['team_178']})]
  expect(due(entries, visits, '2026-11-21', 'binh')).toMatchObject({state: 'later', entry: {id: 'b'}, mine: true})
  expect(due([], visits, '2026-11-21', 'binh')).toBeNull()
})

test('the team of a day is that of the last decision in force', () => {
  const team = (decision_no: string, valid_from: string, valid_until: string | null = null): Team => ({decision_no, valid_from, valid_until, members: []})
  const unit = {teams: [team('40', '2026-07-01', '2026-12-31'), team('12', '2026-01-10')]} as Unit
  expect(teamOn(unit, '2026-01-09')).toBeNull()
  expect(teamOn(unit, '2026-06-30')?.decision_no).toBe('12')
  expect(teamOn(unit, '2026-12-31')?.decision_no).toBe('40')
  expect(teamOn(unit, '2027-01-01')?.decision_no).toBe('12')
  expect(teamOn({} as Unit, '2026-06-30')).toBeNull()
})
