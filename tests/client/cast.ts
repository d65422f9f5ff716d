// The named cast: Bình and Chi are inspectors, each on a phone of their own; the commune is Kim Mẫu.

import 'fake-indexeddb/auto'
import {vi} from 'vitest'
import {openExchange, type Exchange, type Surroundings} from '../../fieldapp/client/exchange/exchange'
import {finalise} from '../../fieldapp/client/store/finalise'
import {newId} from '../../fieldapp/client/store/digest'
import {startInspection} from '../../fieldapp/client/store/drafts'
import {keepEnrolment, type Person} from '../../fieldapp/client/store/people'
import {openStore, type StoreOptions} from '../../fieldapp/client/store/open'
import type {Store} from '../../fieldapp/client/store/store'
import type {Area, BusinessEntity, Checklist, ChecklistItem, Establishment, Unit} from '../../fieldapp/client/store/shapes'
import {ENROLLED, Office} from './office'

export const UNIT: Unit = {
  id: '15187', code: '15187', kind: 'xã', name: 'Kim Mẫu', province: 'Tỉnh Mẫu', area_word: 'thôn',
  committee: 'Ủy ban nhân dân xã Kim Mẫu', team_name: 'Đội kiểm tra liên ngành 178', time_zone: 'Asia/Ho_Chi_Minh',
  is_demo: true, contact: '', notice: {version: '1', points: []},
  commitment: {version: '1', about: '', valid_until: '12-31',
    clauses: [{number: 1, text: 'a', types: null}, {number: 2, text: 'b', types: ['hotel']}]},
  bodies: [{code: 'team_178', vi: 'Đội 178', en: 'Team 178'}],
}
export const AREA: Area = {id: 'area-1', name: 'Thôn Mẫu 1', is_border_area: false}
export const ENTITY: BusinessEntity = {id: 'entity-1', name: 'Công ty Mẫu', kind: 'enterprise'}

const ITEM: ChecklistItem = {
  id: 'A01', section: 'A', text: '', types: ['karaoke'], default_on: true, default_off_for: [], default_on_for: [],
  remediation: {days: 15, follow_up: 'dossier'}, evidence: 'none', urgent: false, refer: false, privacy: '', note: '',
}
export const item = (change: Partial<ChecklistItem>): ChecklistItem => ({...ITEM, ...change})

export const CHECKLIST: Checklist = {
  id: 'c'.repeat(64), version: '1', current: true, types: [{code: 'karaoke', vi: 'Karaoke', en: 'Karaoke'}],
  sections: [{code: 'A', text: 'Hồ sơ'}, {code: 'C', text: 'Phòng cháy'}],
  items: [ITEM, item({id: 'C03', section: 'C', urgent: true, remediation: {days: 1, follow_up: 'on_site'}})],
  figures: [{id: 'N01', text: '', types: ['karaoke'], max_of: null, value: 'count'}],
}

export const establishment = (id: string, change: Partial<Establishment> = {}): Establishment => ({
  id, code: id.toUpperCase(), name: `Karaoke Sao Thử ${id}`, type: 'karaoke', address: 'Số 12', area: AREA.id, entity: ENTITY.id,
  representative: 'Nguyễn Văn Mẫu', representative_role: 'Chủ cơ sở', phone: '0900000001', rooms: 6, employees: 8,
  employees_with_contract: 5, status: 'operating', review_state: 'managed', managed_since: null, managed_until: null,
  security_conditional: true, licences: [], latitude: null, longitude: null, note: '',
  summary: {visits: [], findings: [], commitment: null}, ...change,
})

export const person = (name = 'binh'): Person => ({
  id: `${name}-${newId()}`, username: name, name, role: 'inspector', body: 'team_178', position: 'Thành viên'})

/** An office with the commune, its checklist and two establishments. */
export function office(): Office {
  const one = new Office()
  one.enter('unit', UNIT)
  one.enter('area', AREA)
  one.enter('business_entity', ENTITY)
  one.enter('checklist', CHECKLIST)
  one.enter('establishment', establishment('e1'), establishment('e2'))
  return one
}

export interface Phone { store: Store; exchange: Exchange; who: Person }

/** What a test may set of the browser: no locks, no chance, timers that only it fires. */
export const quiet = (one: Office): Surroundings =>
  ({fetch: one.fetch, locks: null, random: () => 1, setTimer: () => 0, clearTimer: () => undefined, onReturn: () => () => undefined})

/** A phone on which somebody has just signed in. */
export async function phone(one: Office, options: StoreOptions = {}, who = person()): Promise<Phone> {
  Object.assign(ENROLLED, {user: who, unit: UNIT})
  await keepEnrolment({device: newId(), token: 'token', user: who, unit: UNIT})
  const store = await openStore(who, {clock: () => one.now, ...options})
  return {who, store, exchange: openExchange(store, quiet(one))}
}

/** A phone that has pulled everything. */
export async function readyPhone(one: Office, options: StoreOptions = {}): Promise<Phone> {
  const ready = await phone(one, options)
  await ready.exchange.sync()
  return ready
}

/** Signs an inspection of an establishment. Returns its id. */
export async function sign({store}: {store: Store}, at = 'e1', note = ''): Promise<string> {
  const draft = await startInspection(store, at)
  draft.change(({record}) => {
    record.note = note
    record.answers['A01'] = {a: 'dat', note: '', files: []}
  })
  return (await finalise(store, [draft]))[0]!.id
}

/** The phone has no more room. Returns the function that frees some. */
export function fillPhone(): () => void {
  const spies = (['put', 'add'] as const).map(name => {
    const write = IDBObjectStore.prototype[name]
    return vi.spyOn(IDBObjectStore.prototype, name).mockImplementation(function (this: IDBObjectStore, ...told) {
      const request = write.apply(this, told)
      const {transaction} = this as unknown as {transaction: {_abort(name: string): void}}
      queueMicrotask(() => transaction._abort('QuotaExceededError'))
      return request
    })
  })
  return () => spies.forEach(spy => spy.mockRestore())
}

export const PNG = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 1])], {type: 'image/png'})
