// An establishment: who and where, whether it was checked this year, what is open, its commitment, every body's visits.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText, daysBetween} from '../rules/days'
import {earlierChecks, followUpReason, type EarlierCheck} from '../rules/standing'
import {drafts, startCommitment, startFollowUp, startInspection, type DraftSummary} from '../store/drafts'
import {StoreError} from '../store/errors'
import {ownWork} from '../store/outbox'
import {entities, sameEntity, signedAt, signedRecords, type SignedRecord} from '../store/replica'
import type {Commitment, Establishment, Uuid, VisitSummary} from '../store/shapes'
import {lostValues, returned, type LostValue, type Returned} from '../store/verdicts'
import {icon} from '../ui/icons'
import {bar, block, bodyNames, note, shortAddress, typeName} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say, when} from '../ui/strings'
import {draftRow, originOf} from './draft_rows'
import {managedOn, progressOf} from './entries'
import {findingText} from './last'
import {mapLink} from './near'
import {resumePath} from './resume'
import {lostNote, returnedNote} from './verdicts'

interface Known {
  one: Establishment
  entity: string
  earlier: EarlierCheck[]
  inspection: DraftSummary | null
  progress: {answered: number; total: number} | null
  commitment: DraftSummary | null
  others: DraftSummary[]           // kept beside these: another phone, or a colleague, went on apart
  records: readonly SignedRecord[]
  back: Returned[]                 // this person's records that the office returned
  lost: LostValue[]
}

export const openEstablishment: Opener = async (app, {id}) => {
  let known = await learn(app, id!)
  const way = {out: false}
  return {
    get title() { return known.one.name },
    place: 'places',
    head: () => bar('/app', known.one.name, shortAddress(app.commune, known.one.address), 'bar--big'),
    body: () => html`${facts(app, known)}
      ${known.earlier.length ? html`<div class="blk">${checkedNote(app, known)}</div>` : nothing}
      ${known.one.status !== 'operating' ? html`<div
        class="blk">${note('due', 'warn', say.status[known.one.status]!, html`<p>${say.not_operating}</p>`)}</div>` : nothing}
      ${told(known)}${otherDrafts(app, known)}${findings(app, known)}${commitment(app, known)}${visits(app, known)}${records(app, known)}<div class="end"></div>`,
    act: () => action(app, known, way),
    async changed(change) {
      if (!way.out && ['replica', 'drafts', 'outbox'].includes(change.what)) known = await learn(app, id!)
    },
  }
}

/** Reads what the screen will show, while the finger is still on its way. */
export async function prepareEstablishment(app: App, {id}: Record<string, string>): Promise<void> { await learn(app, id!) }

async function learn(app: App, id: string): Promise<Known> {
  const {store} = app
  const [[one, ...others], work, open, owners, records, back, lost] = await Promise.all([
    sameEntity(store, id), ownWork(store), drafts(store), entities(store), signedRecords(store, id), returned(store, id),
    lostValues(store, id)])
  if (!one) throw new StoreError('not_here')
  const here = open.filter(draft => draft.establishment === id)
  const inspection = here.find(draft => draft.kind === 'inspection') ?? null
  const commitment = here.find(draft => draft.kind === 'commitment' && draft.draft.kind === 'commitment'
    && !draft.draft.record.inspection) ?? null
  const ofVisit = (draft: DraftSummary) => draft.draft.kind === 'commitment' && draft.draft.record.inspection === inspection?.id
  return {
    one, records, inspection, back, lost,
    entity: (one.entity && owners.get(one.entity)?.name) ?? '',
    earlier: earlierChecks(one, [one, ...others], app.today.slice(0, 4), work, app.commune.unit.overlap),
    progress: inspection && await progressOf(app, inspection),
    commitment, others: here.filter(draft => draft !== inspection && draft !== commitment && !ofVisit(draft)),
  }
}

/** What the office says of this person's work here. */
function told({back, lost}: Known): TemplateResult | typeof nothing {
  return back.length || lost.length ? html`<div class="blk">${returnedNote(back, ({review}) => review?.number ? say.document(review.number) : '')}${lostNote(lost)}</div>` : nothing
}

function facts(app: App, {one, entity}: Known): TemplateResult {
  const size = [one.rooms !== null && say.rooms(one.rooms), one.employees !== null
    && say.workers(one.employees)].filter(Boolean).join(', ')
  const contracts = one.employees_with_contract === null ? '' : ` (${say.with_contract(one.employees_with_contract)})`
  const tel = one.phone.replace(/[^+\d]/g, '')
  const rows: [string, unknown][] = [
    [say.facts.type, typeName(app.commune, one.type)],
    [one.representative_role || say.facts.owner,
      one.representative || say.unknown],
    [say.facts.entity, entity && entity !== one.name ? entity : ''],
    [say.facts.size, size ? size + contracts : ''],
    ...one.licences.map((licence): [string, unknown] => [say.facts.licence, licenceText(app, licence)]),
    [say.facts.status, managedOn(one, app.today) ? '' : one.review_state === 'managed' ? say.status[one.status]
      : say.identified],
    [say.facts.note, one.note],
  ]
  return html`<div class="head"><dl class="facts">${rows.map(([name, value]) => value ? html`<dt>${name}</dt>
    <dd>${value}</dd>` : nothing)}</dl>
    <p class="reach">${tel ? html`<a class="btn2" href="tel:${tel}" aria-label=${say.call(phoneText(tel))}>${icon('tel')}${phoneText(tel)}</a>` : nothing}
      <a class="btn2" href=${mapLink(one)}>${icon('near')}${say.to_map}</a>
      <a class="lnk" href="/app/e/${one.id}/edit">${say.edit_facts}</a></p></div>`
}

/** "0900000001" as "0900 000 001"; others as they are. */
function phoneText(digits: string): string {
  return digits.replace(/^(0\d{3})(\d{3})(\d{3})$/, '$1 $2 $3')
}

function licenceText(app: App, {kind, number, expires_on}: Establishment['licences'][number]): unknown {
  const named = [kind, number].filter(Boolean).join(', ')
  if (!expires_on) return named
  if (expires_on < app.today) return html`${named}, <b class="late">${say.expired(dayText(expires_on))}</b>`
  const soon = daysBetween(app.today, expires_on) <= EXPIRES_SOON_DAYS
  return html`${named}, ${soon ? html`<b class="due">${say.expires_soon(dayText(expires_on), daysBetween(app.today, expires_on))}</b>`
    : say.expires(dayText(expires_on))}`
}

const EXPIRES_SOON_DAYS = 60

function checkedNote(app: App, {one, earlier}: Known): TemplateResult {
  return note('due', 'warn', say.checked_title(earlier.length), html`
    ${checkedLines(app, earlier, one.id)}
    <p>${say.checked_rule}</p>`)
}

/** Who checked when, and where it was at another establishment of the same business. */
export function checkedLines(app: App, earlier: readonly EarlierCheck[], here: Uuid): TemplateResult {
  return html`${earlier.slice(0, 3).map(({bodies, visited_on, establishment: {id, name}}) => html`
    <p>${say.checked_text(bodyNames(app.commune, bodies), dayText(visited_on), id === here ? '' : name)}</p>`)}`
}

function findings(app: App, {one, inspection, earlier}: Known): TemplateResult {
  const open = one.summary.findings
  if (open.length === 0) return block(say.open_findings, nothing, html`<p class="hint">${say.no_findings}</p>`)
  const follow = async (mode: 'on_site' | 'remote') => {
    const why = mode === 'on_site' ? followUpReason(earlier, day => say.record_of(dayText(day))) : null
    const draft = await app.attempt(() => startFollowUp(app.store, one.id, mode, why))
    if (draft) app.go(resumePath(draft.value))
  }
  return block(say.open_findings, say.finding_count(open.length), html`<ul class="card">${open.map(finding =>
    html`<li class="cell">${findingText(app, finding, nothing)}</li>`)}</ul>
    ${inspection ? nothing : html`<p class="reach"><button class="btn2" type="button"
      @click=${() => void follow('on_site')}>${say.follow_on_site}</button>
      <button class="btn2" type="button" @click=${() => void follow('remote')}>${say.follow_remote}</button></p>`}`)
}

function commitment(app: App, {one, commitment: draft, records}: Known): TemplateResult {
  const open = async () => {
    const opened = await app.attempt(() => startCommitment(app.store, one.id))
    if (opened) app.go(`/app/c/${opened.id}`)
  }
  const own = records.find(({kind, body}) => kind === 'commitment' && !(body as Commitment).refusal
    && (body as Commitment).valid_until >= app.today)
  const refusedOn = records.find(({kind, body}) => kind === 'commitment' && (body as Commitment).refusal
    && (body as Commitment).signed_on.startsWith(app.today.slice(0, 4)))
  const known = one.summary.commitment
  const holds = known && known.valid_until >= app.today ? known : own ? own.body as Commitment : null
  const words = draft ? [say.commitment_draft, say.commitment_resume] as const
    : holds ? ['', say.commitment_again] as const : ['', say.commitment_open] as const
  return block(say.commitment_of(app.today.slice(0, 4)), nothing, html`<div class="card">
    <div class="cell">${icon(holds ? 'done' : 'none', holds ? 'ok' : 'none')}<div>
    <h3>${holds ? say.commitment_signed(dayText(holds.signed_on)) : say.commitment_none}</h3>
    ${holds ? html`<p>${say.commitment_valid(dayText(holds.valid_until))}</p>` : known
      ? html`<p>${say.commitment_old(dayText(known.valid_until))}</p>` : nothing}
    ${refusedOn && !holds ? html`<p>${say.commitment_refused(dayText((refusedOn.body as Commitment).signed_on))}</p>` : nothing}
    ${words[0] ? html`<p>${words[0]}</p>` : nothing}
    <button class="lnk" type="button" @click=${open}>${words[1]}</button></div></div></div>`)
}

function visits(app: App, {one}: Known): TemplateResult {
  const all = one.summary.visits
  if (all.length === 0) return block(say.visits, say.every_body, html`<p class="hint">${say.no_visits}</p>`)
  return block(say.visits, say.every_body, html`<ol class="visits">${all.map(visit => html`
    <li class=${visit.counted ? '' : 'visits--told'}><b>${dayText(visit.visited_on)}, ${bodyNames(app.commune, visit.bodies)}</b>
      <span>${visitText(visit)}</span></li>`)}</ol>`)
}

function visitText(visit: VisitSummary): string {
  const how = `${say.kind[visit.kind] ?? visit.kind}, ${say.mode[visit.mode] ?? visit.mode}`
  const outcome = visit.outcome === 'conducted' ? '' : say.outcome[visit.outcome] ?? visit.outcome
  const counted = visit.counted ? '' : say.not_counted
  return [how, outcome, counted].filter(Boolean).join(', ') + (visit.document_no ? `. ${say.document(visit.document_no)}` : '')
}

function records(app: App, {records: all}: Known): unknown {
  if (all.length === 0) return nothing
  const amended = new Set(all.map(({body}) => 'amends' in body ? body.amends : null))
  const version = (id: Uuid, body: SignedRecord['body']) => amended.has(id) ? say.record_replaced
    : 'amends' in body && body.amends ? say.record_amending : ''
  return block(say.records_here, nothing, html`<ul class="card">${all.slice(0, 10).map(({id, kind, body}) => html`
    <li><a class="cell cell--go" href="/app/r/${id}">${icon('doc', 'none')}
      <span>${say.record[kind]}<small>${[when(signedAt(body), app.zone, app.today), version(id, body)].filter(Boolean).join(', ')}</small></span>${icon('fwd')}</a></li>`)}</ul>`)
}

/** Drafts that stand beside those that the buttons go on with. */
function otherDrafts(app: App, {others}: Known): unknown {
  if (others.length === 0) return nothing
  return block(say.drafts_others, nothing, html`<ul class="rows rows--first">${others.map(draft => draftRow(app, draft, {named: false}))}</ul>`)
}

/** way: out, once the visit is on its way to the screen: what changes here is not looked at any more. */
function action(app: App, {one, inspection, progress}: Known, way: {out: boolean}): TemplateResult {
  const start = async () => {
    if (inspection?.draft.kind === 'inspection') return app.go(resumePath(inspection.draft))
    way.out = true
    const draft = await app.attempt(() => startInspection(app.store, one.id))
    way.out = draft !== undefined
    if (draft) app.go(resumePath(draft.value))
  }
  const from = inspection ? originOf(inspection) : ''
  const follows = inspection?.draft.kind === 'inspection' && inspection.draft.record.kind === 'follow_up'
  const so_far = follows ? `${say.state.draft}: ${say.row_follow_up_draft}`
    : inspection && progress?.total ? say.resume_at(progress.answered, progress.total) : ''
  return html`${so_far || from ? html`<p>${[so_far, from].filter(Boolean).join(', ')}</p>` : nothing}
    <button class="btn" type="button" @click=${start}>${inspection ? say.resume : say.start}</button>`
}
