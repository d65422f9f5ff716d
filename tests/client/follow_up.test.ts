// What a visit tells about findings of earlier visits.

import {expect, test} from 'vitest'
import {finalise} from '../../fieldapp/client/store/finalise'
import {outbox} from '../../fieldapp/client/store/outbox'
import {startFollowUp, startInspection} from '../../fieldapp/client/store/drafts'
import {openJson} from '../../fieldapp/client/store/seal'
import type {FindingEvent, OpenFinding} from '../../fieldapp/client/store/shapes'
import type {Store} from '../../fieldapp/client/store/store'
import {establishment, office, readyPhone} from './cast'

const FOUND = '0d0d0d0d-0000-4000-8000-000000000001'
const finding = (id: string, change: Partial<OpenFinding> = {}): OpenFinding => ({
  id, inspection: FOUND, item: 'A01', text: '', note: 'Hết hạn', due_on: '2026-11-01', follow_up: 'dossier', urgent: false, ...change})

/** As an office told it that did not name the inspection yet. */
const {inspection: _, ...OLDER} = finding('f3')

async function phoneWith(...findings: OpenFinding[]) {
  const one = office()
  one.enter('establishment', establishment('e1', {summary: {visits: [], findings, commitment: null}}))
  return readyPhone(one)
}

async function events(store: Store): Promise<FindingEvent[]> {
  const rows = (await store.run(db => db.getAll('outbox'))).filter(op => op.kind === 'finding_event')
  const bodies = await Promise.all(rows.map(op => store.run(db => db.get('bodies', op.sha256))))
  return Promise.all(bodies.map(body => openJson<FindingEvent>(body!.sealed)))
}

test('a follow-up is one record and one event for each finding, queued together', async () => {
  const {store} = await phoneWith(finding('f1'), finding('f2', {follow_up: 'photo'}), finding('f3'))
  const draft = await startFollowUp(store, 'e1', 'remote')
  expect(draft.value.record).toMatchObject({kind: 'follow_up', mode: 'remote', remedies: {}})
  draft.change(({record}) => {
    record.remedies = {
      f1: {item: 'A01', result: 'remedied', note: 'Đã xem giấy mới', files: []},
      f2: {item: 'A01', result: 'not_remedied', note: '', files: []},
    }
    record.answers['A01'] = {a: 'khong_dat', note: 'x', files: []}       // would open the same finding again
  })
  const [signed] = await finalise(store, [draft])
  expect(await events(store)).toMatchObject([
    {finding: 'f1', inspection: FOUND, establishment: 'e1', visit: signed!.id, event: 'evidence', how: 'dossier', conclusion: 'remedied', note: 'Đã xem giấy mới'},
    {finding: 'f2', how: 'photo', conclusion: 'not_remedied'}])
  const listed = await outbox(store)
  expect(listed.map(entry => entry.kind)).toEqual(['finding_event', 'finding_event', 'inspection'])
})

test('a whole visit answers the findings of its items on site; what was not looked at stays unsaid', async () => {
  const {store} = await phoneWith(finding('f1'), finding('f2', {item: 'C03'}), OLDER)
  const draft = await startInspection(store, 'e1')
  draft.change(({record}) => {
    record.answers['A01'] = {a: 'dat', note: '', files: []}
    record.answers['C03'] = {a: 'chua_xem_xet', note: 'Khóa', files: []}
  })
  await finalise(store, [draft])
  expect(await events(store)).toMatchObject([{finding: 'f1', how: 'on_site', conclusion: 'remedied'}])
})

test('nobody is met at a closed door, so nothing is said of the findings', async () => {
  const {store} = await phoneWith(finding('f1'))
  const draft = await startInspection(store, 'e1')
  draft.change(({record}) => { Object.assign(record, {outcome: 'closed_door', answers: {A01: {a: 'dat', note: '', files: []}}}) })
  await finalise(store, [draft])
  expect(await events(store)).toEqual([])
})
