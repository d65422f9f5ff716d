// The shapes of what the phone holds and says. Instants are ISO 8601 with an offset, days are YYYY-MM-DD in the
// commune's time zone, ids are random UUIDs made on the device, file names are the sha256 of their bytes (hex).

export type Uuid = string
export type Sha256 = string
export type Instant = string
export type Day = string

// ---- what the server sends (pull, stream "essentials") ----

export interface Unit {
  id: string                       // the commune's code
  code: string
  kind: string                     // "xã" | "phường" | "đặc khu"
  name: string                     // "Kim Mẫu"
  province: string
  area_word: string                // "thôn" | "xóm" | "tổ dân phố"
  committee: string                // "Ủy ban nhân dân xã Kim Mẫu"
  team_name: string
  time_zone: string
  is_demo: boolean
  contact: string                  // whom an owner asks about these data
  notice: Notice
  commitment: CommitmentText
  bodies: {code: string; vi: string; en: string}[]   // inspecting bodies the unit knows
  export_key?: {id: string; p256: string} | null   // what is handed over as a file is sealed to it; absent from older servers
  overlap?: OverlapRule            // as the commune reads it; absent from older servers
  teams?: Team[]                   // in force today or later, the one that takes effect last leading; absent from older servers
}

/** At most `most` counted checks on site in a calendar year; one more needs a reason and its document. */
export interface OverlapRule {
  by_entity: boolean               // other establishments of the same business entity count too
  kinds: string[]
  bodies: string[]                 // empty = every body
  most: number
  reasons: {code: string; vi: string; en: string; leader: boolean; note: string}[]   // leader: approved beforehand
}

export interface Team {
  decision_no: string
  valid_from: Day
  valid_until: Day | null          // the last day; null = until the next decision
  members: {name: string; position: string; agency: string; role: 'leader' | 'deputy' | 'secretary' | 'member'; account: Uuid}[]
}

export interface Notice { version: string; points: {question: string; answer: string}[] }

interface CommitmentText {
  version: string
  about: string                    // "Về việc chấp hành pháp luật và …"
  clauses: {number: number; text: string; types: string[] | null}[]   // null = every type
  valid_until: string              // month and day, "12-31": the end of the year of signing
}

export interface Area { id: Uuid; name: string; is_border_area: boolean }
export interface BusinessEntity { id: Uuid; name: string; kind: string }

export type AnswerCode = 'dat' | 'khong_dat' | 'khong_ap_dung' | 'chua_xem_xet'

export interface ChecklistItem {
  id: string                       // "A01"
  section: string
  text: string
  types: string[]                  // establishment types it applies to (groups already resolved)
  default_on: boolean
  default_off_for: string[]
  default_on_for: string[]
  remediation: {days: number; follow_up: 'dossier' | 'photo' | 'on_site'}
  evidence: 'none' | 'document' | 'premises'
  urgent: boolean
  refer: boolean
  privacy: string                  // a line shown with the item, may be empty
  note: string
  about_last?: boolean             // asks about what earlier visits left open
  only_if_over_0?: string          // not asked where this figure is zero
}

/** visits: visits of other bodies as the owner tells them. */
export interface ChecklistFigure {
  id: string; text: string; types: string[]; max_of: string | null; value: 'count' | 'text' | 'visits'
  section?: string                 // where it is asked
}

export interface Checklist {
  id: string                       // sha256 of its content
  version: string
  current: boolean
  types: {code: string; vi: string; en: string}[]
  sections: {code: string; text: string}[]
  items: ChecklistItem[]
  figures: ChecklistFigure[]
}

export interface Licence { kind: string; number: string; issued_on: Day | null; expires_on: Day | null }

export interface VisitSummary {
  visited_on: Day
  bodies: string[]
  kind: string
  mode: string
  outcome: string
  document_no: string
  counted: boolean                 // counts for coverage (conducted, on site, not voided …)
}

export interface OpenFinding {
  id: Uuid
  item: string
  inspection?: Uuid                // that found it; absent in what an older office told
  state?: string                   // "open" | "submitted" | "extended"
  text: string                     // the item's text
  note: string
  due_on: Day
  follow_up: string
  urgent: boolean
}

export interface Establishment {
  id: Uuid
  code: string
  name: string
  type: string
  address: string
  area: Uuid | null
  entity: Uuid | null
  representative: string
  representative_role: string
  phone: string
  rooms: number | null
  employees: number | null
  employees_with_contract: number | null
  status: 'operating' | 'suspended' | 'closed'
  review_state: 'identified' | 'reviewed' | 'classified' | 'managed'
  managed_since: Day | null
  managed_until: Day | null
  security_conditional: boolean
  licences: Licence[]
  latitude: number | null
  longitude: number | null
  note: string
  summary: {
    visits: VisitSummary[]         // this year and the last, newest first, every body's
    findings: OpenFinding[]        // open ones, soonest due first
    commitment: {id: Uuid; signed_on: Day; valid_until: Day} | null
  }
}

/** A visit as the lists count it. */
export type Seen = Pick<VisitSummary, 'visited_on' | 'bodies' | 'outcome' | 'counted'>

/** What the lists, their order and their search need of an establishment. */
export interface Listed extends Pick<Establishment, 'id' | 'code' | 'name' | 'type' | 'address' | 'area' | 'entity' | 'status'
  | 'review_state' | 'managed_since' | 'managed_until' | 'latitude' | 'longitude'> {
  summary: {visits: readonly Seen[]; findings: readonly {due_on: Day}[]}   // newest and soonest first
  text: string | null              // what a search finds it by; null until it is needed
}

/** A visit that the office has planned and the leader approved. */
export interface ScheduleEntry {
  id: Uuid
  establishment: Uuid
  month: string                    // "2026-11"
  day: Day | null                  // within the month
  kind: string
  bodies: string[]
  inspectors: Uuid[]               // accounts it is assigned to
  campaign: string                 // its name, "" = the schedule of the year
  postponed: boolean               // moved here from an earlier month
  since: Day                       // visits from this day on fulfil it
}

// ---- what the phone writes: bodies of the wire, version 1 ----

export type Facts = Pick<Establishment, 'code' | 'name' | 'type' | 'address' | 'representative' | 'representative_role'
  | 'phone' | 'rooms' | 'employees' | 'employees_with_contract' | 'licences'> & {area: string; entity: string}   // area and entity by name

export interface Answer {
  a: AnswerCode
  note: string                     // required with khong_dat and chua_xem_xet
  files: Sha256[]
  due_on?: Day                     // only with khong_dat
}

export interface ToldVisit { body: string; visited_on: Day | null; document_no: string }

export type RemedyResult = 'remedied' | 'partly' | 'not_remedied'

export interface Remedy {
  item: string
  finding?: string                 // as it is written, the item's text where nothing was; absent in older records
  due_on?: Day                     // its deadline at this visit; absent in older records
  result: RemedyResult
  note: string
  files: Sha256[]
}

export interface Inspection {
  id: Uuid
  establishment: Uuid
  author: Uuid                     // the account that made it
  kind: 'planned' | 'unscheduled' | 'reinspection' | 'follow_up'
  mode: 'on_site' | 'remote'
  outcome: 'conducted' | 'closed_door' | 'refused'
  bodies: string[]
  members: {name: string; position: string}[]
  started_at: Instant
  ended_at: Instant
  checklist: string | null         // content hash; null when the outcome is not "conducted"
  answers: Record<string, Answer>
  figures: Record<string, number | string>
  told_visits?: ToldVisit[]        // of other bodies this year, as the owner told them; absent in older records
  remedies?: Record<Uuid, Remedy>  // a follow-up: how each open finding was found, by the finding's id
  note: string
  facts: Facts
  notice: {version: string; read_at: Instant} | null
  representative: {name: string; capacity: 'owner' | 'responsible' | 'authorised'} | null
  opinion: string                  // the owner's; empty = no opinion
  recommendation: 'good' | 'remedy' | 'refer' | null
  second_visit: {reason: string; document_no: string} | null
  signatures: {who: 'representative' | 'inspector'; name: string; file: Sha256}[]
  refusal: {reason: string; witness_name: string; witness_role: string} | null   // the owner would not sign
  commitment: Uuid | null          // the commitment signed at this visit
  photos: Record<Sha256, {class: 'document' | 'premises'; taken_at: Instant}>
  amends: Uuid | null
  amend_reason: string
  app: string
}

export type ActivityForm = 'meeting' | 'at_establishment' | 'door_to_door' | 'leaflet' | 'loudspeaker' | 'website' | 'social_media' | 'other'

/** A communication session or a post, in counts: nobody's name. */
export interface Activity {
  id: Uuid
  author: Uuid
  form: ActivityForm
  held_on: Day
  made_at: Instant
  area: Uuid | null                // null: the whole commune
  topic: string
  headcount: number | null         // null only of a post
  reached: Record<Uuid, number>    // establishment -> how many of its workers
  app: string
}

export interface Commitment {
  id: Uuid
  establishment: Uuid
  author: Uuid
  inspection: Uuid | null
  template: string                 // CommitmentText.version
  clauses: number[]
  signer: {name: string; capacity: 'owner' | 'responsible' | 'authorised'}
  signed_at: Instant
  signed_on: Day
  valid_until: Day
  signature: Sha256 | null         // null only with a refusal or a scan
  scans: Sha256[]                  // photographs of a copy signed on paper
  refusal: {reason: string; witness_name: string; witness_role: string} | null
  facts: Facts
  notice: {version: string; read_at: Instant} | null
  app: string
}

/** What happened to a finding after the visit that made it. */
export interface FindingEvent {
  id: Uuid
  finding: Uuid
  inspection: Uuid                 // that found it
  establishment: Uuid
  author: Uuid
  event: 'evidence'
  at: Instant
  how: string                      // "dossier" | "photo" | "on_site"
  conclusion: RemedyResult
  due_on: null
  note: string
  document_no: string
  visit: Uuid                      // the inspection at which it was seen
  photos: Inspection['photos']
  app: string
}
