// What the app says in English of the office's answers; the same keys as strings.told.vi.ts.

import {englishCount} from './number_text.en'
import type {toldVi} from './strings.told.vi'

const s = englishCount

export const toldEn: typeof toldVi = {
  office_returned: 'Returned by the office',
  office_returned_text: remark => `Missing: ${remark}`,
  office_returned_then: 'Press Amend to make one that replaces it; this one counts until then.',
  office_returned_count: count => `${s(count, 'record')} returned`,
  office_voided: 'The office has voided this record',
  office_voided_text: reason => `Reason: ${reason}. This visit no longer counts.`,
  office_accepted: number => `Accepted by the office${number ? `, number ${number}` : ''}.`,
  office_amended: 'Another record has replaced this one.',
  office_mended: 'The office mended it when taking it in',
  office_mended_text: (fields, reason) => `Mended: ${fields}. Reason: ${reason}. What you signed is kept as it is.`,
  office_day: day => `The office holds that the visit took place on ${day}.`,
  office_took: 'Taken in by the office',
  office_took_mended: reason => `Taken in by the office, mended. ${reason}`,
  office_dismissed: 'Not taken in by the office',
  office_dismissed_text: (by, reason) => `${by ? `${by}: ` : ''}${reason}`,
  office_lost: count => `${s(count, 'value')} of yours not kept`,
  office_lost_open: (field, value, by) => `${field}: you wrote “${value}”; ${by ? `${by}'s` : 'another'} value stands. The office will choose.`,
  office_lost_left: (field, value) => `${field}: the office keeps what stands, not “${value}”.`,
  office_lost_typed: (field, value) => `${field}: the office wrote another value, not “${value}”.`,
  record_keys: {
    establishment: 'establishment', started_at: 'start', ended_at: 'end', bodies: 'bodies', author: 'author', kind: 'kind', mode: 'how',
    outcome: 'outcome', answers: 'answers', figures: 'figures', signed_on: 'day of signing', valid_until: 'valid until',
    photos: 'photos', note: 'note', members: 'members', due_on: 'deadline', at: 'time',
  },
}
