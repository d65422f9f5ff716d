// A draft inspection together with what its screens need to know: checklist, establishment, earlier checks of the year.

import {extendedFor, figuresFor, itemsFor, missing, type Missing} from '../rules/checklist'
import {localDay} from '../rules/days'
import {earlierChecks, type EarlierCheck} from '../rules/standing'
import {openDraft, type InspectionDraft, type OpenDraft} from '../store/drafts'
import {StoreError} from '../store/errors'
import {ownWork} from '../store/outbox'
import {checklist, establishments} from '../store/replica'
import type {Checklist, ChecklistFigure, ChecklistItem, Day, Establishment, OpenFinding, Uuid} from '../store/shapes'
import type {App} from '../ui/screen'

export interface Visit {
  readonly draft: OpenDraft<InspectionDraft>
  readonly record: InspectionDraft['record']
  readonly path: string            // of its checklist; the other screens of the flow are below it
  readonly establishment: Establishment | null   // null when it has left this phone meanwhile
  readonly checklist: Checklist
  readonly items: ChecklistItem[]
  readonly extended: ChecklistItem[]
  readonly figures: ChecklistFigure[]
  readonly visited: Day
  readonly earlier: EarlierCheck[]
  readonly missing: Missing[]
  open(item: string): OpenFinding | undefined    // left open by an earlier visit
}

/** Opens the draft inspection with this id. Raises StoreError draft_gone or not_here. */
export async function openVisit(app: App, id: Uuid): Promise<Visit> {
  const opened = await openDraft(app.store, id)
  if (opened.value.kind !== 'inspection') throw new StoreError('not_here')
  const draft = opened as OpenDraft<InspectionDraft>
  const [all, work] = await Promise.all([establishments(app.store), ownWork(app.store)])
  const establishment = all.find(one => one.id === draft.value.establishment) ?? null
  const list = await checklist(app.store, draft.value.record.checklist ?? app.commune.checklist?.id ?? '')
  const zone = app.commune.unit.time_zone
  const visited = () => localDay(draft.value.record.started_at, zone)
  const earlier = establishment ? earlierChecks(establishment, all, visited().slice(0, 4), work) : []
  const visit: Visit = {
    draft, establishment, checklist: list, path: `/app/i/${id}`,
    get record() { return draft.value.record },
    get visited() { return visited() },
    get items() { return itemsOf(list, draft.value, establishment) },
    get extended() { return extendedFor(list,
      draft.value.record.facts.type).filter(item => !draft.value.extra_items.includes(item.id)) },
    get figures() { return figuresFor(list, draft.value.record.facts.type) },
    // What an amendment replaces is not an earlier check.
    get earlier() { return draft.value.record.amends ? earlier.filter(check => check.visited_on !== visited()) : earlier },
    get missing() {
      return missing(draft.value.record, visit.items,
        {visited: visited(), second: visit.earlier.length > 0, figures: visit.figures})
    },
    open: item => establishment?.summary.findings.find(finding => finding.item === item),
  }
  return visit
}

/** A follow-up looks only at what was left open; every other visit at the whole checklist. */
function itemsOf(list: Checklist, {record, extra_items}: InspectionDraft,
  establishment: Establishment | null): ChecklistItem[] {
  const open = establishment?.summary.findings.map(finding => finding.item) ?? []
  if (record.kind !== 'follow_up' || open.length === 0) return itemsFor(list, record.facts.type, extra_items)
  return list.items.filter(item => open.includes(item.id) || extra_items.includes(item.id))
}
