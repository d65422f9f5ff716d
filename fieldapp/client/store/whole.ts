// A signed record as screens read it. The contract asks little of one, and not only this app makes them: what a record
// leaves out is filled in here, once, so that no screen has to ask. What it says stays as it is, in its own order.

import type {Answer, Commitment, Facts, Inspection, Instant} from './shapes'

const FACTS: Facts = {
  code: '', name: '', type: '', address: '', area: '', entity: '', representative: '', representative_role: '', phone: '',
  rooms: null, employees: null, employees_with_contract: null, licences: [],
}
const REFUSAL = {reason: '', witness_name: '', witness_role: ''}
const ANSWER: Omit<Answer, 'a'> = {note: '', files: []}

export function wholeInspection(body: Inspection): Inspection {
  const found = filled(body, {
    kind: 'planned', mode: 'on_site', members: [], ended_at: body.started_at, checklist: null, answers: {}, figures: {},
    note: '', notice: null, representative: null, opinion: '', recommendation: null, second_visit: null, signatures: [],
    refusal: null, commitment: null, photos: {}, amends: null, amend_reason: '',
  })
  return {
    ...found, started_at: readable(found.started_at), ended_at: readable(found.ended_at), facts: filled(found.facts ?? {}, FACTS),
    answers: each(found.answers, ANSWER), refusal: found.refusal && filled(found.refusal, REFUSAL),
    ...found.remedies && {remedies: each(found.remedies, {item: '', note: '', files: []})},
  }
}

export function wholeCommitment(body: Commitment): Commitment {
  const found = filled(body, {inspection: null, signed_at: `${body.signed_on}T12:00:00Z`, signature: null, scans: [], refusal: null, notice: null})
  return {
    ...found, signed_at: readable(found.signed_at), facts: filled(found.facts ?? {}, FACTS),
    refusal: found.refusal && filled(found.refusal, REFUSAL),
  }
}

function filled<T extends object, D extends object>(body: T, defaults: D): T & D {
  const missing = Object.entries(defaults).filter(([name]) => ((body as Record<string, unknown>)[name] ?? null) === null)
  return {...body, ...Object.fromEntries(missing)} as T & D
}

function each<T extends object>(group: Record<string, T>, defaults: object): Record<string, T> {
  return Object.fromEntries(Object.entries(group).map(([name, one]) => [name, filled(one, defaults)]))
}

/** Of the ways to write an instant that the server takes, the one that every browser reads. */
function readable(at: Instant): Instant {
  return at.replace(' ', 'T').replace(',', '.').replace(/([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes = '00') => `${hours}:${minutes}`)
}
