// A draft inspection together with what its screens need to know: checklist, establishment, what the last visit found,
// earlier checks of the year.

import {askedOf, extendedFor, figuresFor, itemsFor, missing, ordered, type Missing} from '../rules/checklist'
import {localDay} from '../rules/days'
import {earlierChecks, isSecond, type EarlierCheck} from '../rules/standing'
import {openDraft, type InspectionDraft, type OpenDraft} from '../store/drafts'
import {StoreError} from '../store/errors'
import {ownWork} from '../store/outbox'
import {checklist, sameEntity, signedRecords} from '../store/replica'
import type {
  Answer, Checklist, ChecklistFigure, ChecklistItem, Day, Establishment, Inspection, OpenFinding, Uuid,
} from '../store/shapes'
import type {App} from '../ui/screen'

export interface Visit {
  readonly draft: OpenDraft<InspectionDraft>
  readonly record: InspectionDraft['record']
  readonly path: string            // of its checklist; the other screens of the flow are below it
  readonly establishment: Establishment | null   // null when it has left this phone meanwhile
  readonly checklist: Checklist
  readonly sections: Checklist['sections']       // in the order of this visit
  readonly items: ChecklistItem[]                // to be answered
  readonly unasked: ChecklistItem[]              // that a figure makes pointless
  readonly extended: ChecklistItem[]
  readonly figures: ChecklistFigure[]
  readonly visited: Day
  readonly earlier: EarlierCheck[]
  readonly second: boolean         // one more check of the year than may be, so it needs its reason
  readonly findings: readonly OpenFinding[]      // left open by earlier visits
  readonly last: LastVisit | null
  readonly bodies: App['commune']['unit']['bodies']  // that the commune knows
  readonly missing: Missing[]
  /** What an earlier visit left open about an item. */
  open(item: string): OpenFinding | undefined
}

/** What was answered at the last whole visit that this phone knows. */
interface LastVisit { day: Day; answers: Record<string, Answer> }

/** Opens the draft inspection with this id. Raises StoreError draft_gone or not_here. */
export async function openVisit(app: App, id: Uuid): Promise<Visit> {
  const opened = await openDraft(app.store, id)
  if (opened.value.kind !== 'inspection') throw new StoreError('not_here')
  const draft = opened as OpenDraft<InspectionDraft>
  const at = draft.value.establishment
  const [all, work, list, last] = await Promise.all([sameEntity(app.store, at), ownWork(app.store),
    checklist(app.store, draft.value.record.checklist ?? app.commune.checklist?.id ?? ''), lastVisit(app, draft.value)])
  const visited = () => localDay(draft.value.record.started_at, app.zone)
  const [establishment = null] = all
  const earlier = establishment ? earlierChecks(establishment, all, visited().slice(0, 4), work, app.commune.unit.overlap) : []
  // What an amendment replaces is not an earlier visit.
  const {amends} = draft.value.record
  const findings = (establishment?.summary.findings ?? []).filter(finding => !amends || finding.inspection !== amends)
  const sections = ordered(list, findings)
  const asked = asking(list, draft)
  const visit: Visit = {
    draft, establishment, checklist: list, sections, findings, last, path: `/app/i/${id}`, bodies: app.commune.unit.bodies,
    get record() { return draft.value.record },
    get visited() { return visited() },
    get items() { return asked().items },
    get unasked() { return asked().unasked },
    get extended() { return extendedFor(list,
      draft.value.record.facts.type).filter(item => !draft.value.extra_items.includes(item.id)) },
    get figures() { return figuresFor(list, draft.value.record.facts.type) },
    get earlier() { return amends ? earlier.filter(check => check.visited_on !== visited()) : earlier },
    get second() { return isSecond(draft.value.record, visit.earlier, app.commune.unit.overlap) },
    get missing() {
      const inOrder = sections.flatMap(({code}) => visit.items.filter(item => item.section === code))
      return missing(draft.value.record, inOrder, {visited: visited(), second: visit.second, open: findings})
    },
    open: item => findings.find(finding => finding.item === item),
  }
  return visit
}

interface Asked { of: InspectionDraft; items: ChecklistItem[]; unasked: ChecklistItem[] }

/** What the answers make of the checklist, asked for many times while a screen is drawn. */
function asking(list: Checklist, draft: OpenDraft<InspectionDraft>): () => Asked {
  let last: Asked | null = null
  return () => {
    const {value} = draft
    if (last?.of === value) return last
    const whole = itemsFor(list, value.record.facts.type, value.extra_items)
    const items = askedOf(whole, value.record.figures)
    return last = {of: value, items, unasked: whole.filter(item => !items.includes(item))}
  }
}

async function lastVisit(app: App, {establishment, record: {amends, started_at}}: InspectionDraft): Promise<LastVisit | null> {
  const records = await signedRecords(app.store, establishment)
  const found = records.map(({id, kind, body}) => kind === 'inspection' && id !== amends ? body as Inspection : null)
    .find(body => body?.outcome === 'conducted' && body.kind !== 'follow_up' && body.started_at < started_at)
  return found ? {day: localDay(found.started_at, app.zone), answers: found.answers} : null
}
