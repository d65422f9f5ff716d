// A finished record, read-only: exactly what was signed, and whether the office has it.

import {html, nothing, type TemplateResult} from 'lit-html'
import {counts, findings, itemsFor, progressBySection} from '../rules/checklist'
import {dayText, localDay, localTime} from '../rules/days'
import {checkCode} from '../store/digest'
import {amendInspection} from '../store/drafts'
import {outbox, type OutboxEntry} from '../store/outbox'
import {checklist, signedRecord, type SignedRecord} from '../store/replica'
import type {Checklist, ChecklistItem, Commitment, Inspection, Sha256} from '../store/shapes'
import {decisions, type Decision} from '../store/verdicts'
import {icon} from '../ui/icons'
import {asClause, bar, block, bodyNames, commitmentWords, note} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say, word} from '../ui/strings'
import {ANSWERS} from '../widgets/choice'
import type {Pictures} from '../widgets/photos'
import {openAlbum, type Album} from './album'
import {remedyIcon} from './follow_up'
import {paper} from './paper'
import {openPictures} from './pictures'
import {toldNote} from './verdicts'

interface Reading {
  app: App
  signed: SignedRecord
  list: Checklist | null
  op: OutboxEntry | null
  decision: Decision | null
  promise: SignedRecord | null     // the commitment of the visit, where it is on this phone
  pictures: Pictures
  album: Album
}

export const openRecord: Opener = async (app, {id}) => {
  const signed = await signedRecord(app.store, id!)
  const hash = signed.kind === 'inspection' ? (signed.body as Inspection).checklist : null
  const operation = async () => (await outbox(app.store)).find(entry => entry.record === id) ?? null
  const decided = async () => (await decisions(app.store)).get(signed.op) ?? null
  const promised = async ({body}: SignedRecord) => 'commitment' in body && body.commitment
    ? signedRecord(app.store, body.commitment).catch(() => null) : null
  const pictures = openPictures(app.store, app.draw)
  const reading: Reading = {
    app, signed, decision: await decided(), list: hash ? await checklist(app.store, hash) : null, op: await operation(),
    promise: await promised(signed), pictures, album: openAlbum(app, pictures),
  }
  const {establishment, facts} = signed.body
  return {
    get title() { return say.record[signed.kind] },
    place: 'places',
    head: () => bar(`/app/e/${establishment}`, say.record[signed.kind], facts.name),
    body: () => html`<div class="blk">${toldNote(reading.signed.told, reading.decision,
      canAmend(reading) ? () => void amend(reading) : undefined)}${standing(reading)}</div>
      ${signed.kind === 'inspection' ? inspection(reading, signed.body as Inspection)
        : commitment(reading, signed.body as Commitment)}
      ${block(say.check_code, nothing, html`<div class="hash"><code>${checkCode(signed.sha256)}</code></div>`)}
      ${canAmend(reading)
        ? html`<div class="blk"><button class="btn2 btn2--w" type="button"
          @click=${() => void amend(reading)}>${say.amend}</button></div>` : nothing}
      <div class="end"></div>`,
    async changed(change) {
      if (change.what === 'outbox') reading.op = await operation()
      if (change.what !== 'replica' && change.what !== 'outbox') return
      const there = await signedRecord(app.store, id!).catch(() => reading.signed)   // it may have left this phone
      Object.assign(reading, {signed: there, decision: await decided(), promise: await promised(there)})
    },
    close: () => pictures.close(),
  }
}

async function amend({app, signed}: Reading): Promise<void> {
  const draft = await app.attempt(() => amendInspection(app.store, signed.id))
  if (draft) app.go(`/app/i/${draft.id}/start`)
}

/** Whoever made a record may replace it, on whatever phone; one that was voided or replaced already has no successor. */
function canAmend({signed: {mine, kind, told: {review}}, decision}: Reading): boolean {
  return mine && kind === 'inspection' && review?.state !== 'voided' && !review?.amended_by && decision?.decision !== 'dismissed'
}

function standing({signed, op, decision}: Reading): TemplateResult | typeof nothing {
  if (decision?.decision === 'dismissed') return nothing
  if (op?.state === 'quarantined') return note('late', 'late', say.record_refused)
  if (op && op.state !== 'acknowledged') return note('calm', 'lock', say.record_locked)
  return note('calm', 'lock', signed.told.review?.state === 'accepted' ? say.office_accepted(signed.told.review.number)
    : signed.own || op ? say.record_received : say.record_theirs)
}

function inspection(reading: Reading, body: Inspection): TemplateResult {
  const {app, app: {zone}} = reading
  const day = localDay(body.started_at, zone)
  const rows: [string, unknown][] = [
    [say.time, say.from_to(localTime(body.started_at, zone), localTime(body.ended_at, zone), dayText(day))],
    [say.kind_label, `${say.kind[body.kind]}, ${say.mode[body.mode]}`],
    [say.bodies_of_record, bodyNames(app.commune, body.bodies)],
    [say.members, body.members.map(({name, position}) => [name, position].filter(Boolean).join(' – ')).join('; ')],
    [say.outcome_label, body.outcome === 'conducted' ? '' : `${say.outcome[body.outcome]}. ${body.note}`],
    [say.second_reason, body.second_visit ? `${reasonName(app, body.second_visit.reason)}, ${body.second_visit.document_no}` : ''],
    [say.worked_with, body.representative ? inCapacity(body.representative) : ''],
    [say.record.commitment!, body.commitment && promiseOf(reading)],
    [say.amend_reason, body.amend_reason],
  ]
  const items = itemsFor(reading.list ?? EMPTY, body.facts.type, Object.keys(body.answers))
  return html`<div class="blk"><dl class="facts">${rows.map(([name, value]) => value ? html`<dt>${name}</dt><dd>${value}</dd>`
    : nothing)}</dl></div>
    ${body.outcome === 'conducted' ? conducted(reading, body, items, day) : nothing}${signaturesOf(reading, body)}`
}

const EMPTY: Checklist = {id: '', version: '', current: false, types: [], sections: [], items: [], figures: []}

function conducted(reading: Reading, body: Inspection, items: ChecklistItem[], day: string): TemplateResult {
  return html`${body.kind === 'follow_up' ? followedUp(reading, body) : answered(reading, body, items, day)}
    ${body.mode === 'on_site' || body.opinion ? block(say.opinion, nothing, html`<p>${body.opinion || say.no_opinion}</p>`) : nothing}
    ${body.recommendation || body.note ? block(say.recommendation, nothing, html`
      ${body.recommendation ? html`<p>${say.recommendations[body.recommendation]}</p>` : nothing}
      ${body.note ? html`<p>${body.note}</p>` : nothing}`) : nothing}`
}

function promiseOf({promise}: Reading): unknown {
  if (!promise) return say.commitment_here
  return html`<a class="lnk" href="/app/r/${promise.id}">${commitmentWords(promise.body as Commitment)}</a>`
}

/** Each earlier shortcoming in the words of its visit, and how it was found now. */
function followedUp({list, album}: Reading, {remedies = {}}: Inspection): TemplateResult {
  const texts = new Map(list?.items.map(({id, text}) => [id, text]))
  const found = Object.values(remedies)
  return block(say.result, say.finding_count(found.length), html`<ul class="card">${found.map(({item, finding, due_on, result, note: words, files}) => html`
    <li class="cell">${remedyIcon(result)}<div>
      <h3>${finding || (texts.get(item) ?? item)}</h3><p><b>${say.remedy_long[result]}</b>${words ? `. ${words}` : ''}</p>
      <p><span class="code">${item}</span>${due_on ? html` ${say.remedy_due(dayText(due_on))}` : nothing}</p>${files.length ? album.strip(files) : nothing}</div></li>`)}</ul>`)
}

function answered(reading: Reading, body: Inspection, items: ChecklistItem[], day: string): TemplateResult {
  const {by} = counts(items, body.answers)
  const found = findings(body, items, day)
  return html`${block(say.result, nothing,
    html`<dl class="tally">${ANSWERS.map(([answer, shape]) => html`<div><dt>${icon(shape, 'none')}${say.answer[answer]}</dt>
      <dd>${say.number(by[answer])}</dd></div>`)}</dl>`)}
    ${found.length ? block(say.to_remedy, say.finding_count(found.length),
      html`<ul class="card">${found.map(({item, note: words, due_on}) => html`
      <li class="cell">${icon('cal', 'none')}<div><h3>${item.refer ? say.referred : words}</h3>
        <p><b>${say.before_day(dayText(due_on))}</b></p>
        <p><span class="code">${item.id}</span> ${say.follow_up[item.remediation.follow_up] ?? ''}</p></div></li>`)}</ul>`) : nothing}
    <div class="blk"><details class="card fold"><summary>${say.answers}${icon('fwd')}</summary>
      <div class="fold__in">${answers(reading, body, items)}</div></details></div>`
}

function answers(reading: Reading, body: Inspection, items: ChecklistItem[]): TemplateResult {
  const list = reading.list ?? EMPTY
  return html`${progressBySection(list.sections, items, body.answers).map(({code, text}) => html`<div>
    <h3 class="h2">${code}. ${text}</h3><ul class="asks">${items.filter(item => item.section === code
      && body.answers[item.id]).map(item => {
    const answer = body.answers[item.id]!
    return html`<li><span class="code">${item.id}</span> ${item.text}
      <p class="fld__sub"><b>${say.answer_long[answer.a]}</b>${answer.note ? `. ${answer.note}` : ''}</p>
      ${answer.files.length ? reading.album.strip(answer.files) : nothing}</li>`
  })}</ul></div>`)}
  <dl class="facts">${list.figures.filter(({id}) => body.figures[id] !== undefined).map(({id, text}) => html`<dt>${text}</dt>
    <dd>${body.figures[id]}</dd>`)}</dl>`
}

function signaturesOf(reading: Reading, body: Inspection): TemplateResult {
  return html`${body.refusal ? block(say.signatures, nothing,
    html`<p>${refusedText(body.refusal)}</p>`) : nothing}
    ${body.signatures.map(({who, name, file}) => block(who === 'representative' ? say.sign_representative
      : say.sign_inspector, nothing, drawn(reading, name, file)))}`
}

function drawn({pictures}: Reading, name: string, file: Sha256): TemplateResult {
  const url = pictures.url(file)
  if (url === null) return html`<p>${say.signature_kept(name)}</p>`
  return html`<div class="pad"><div class="sig">${url ? html`<img src=${url} alt=${say.signature_of(name)}>` : nothing}</div>
    <div class="pad__f"><span>${name}</span></div></div>`
}

function commitment(reading: Reading, body: Commitment): TemplateResult {
  const {refusal, signer, signature, scans} = body
  return html`<div class="end"></div>${paper(reading.app, body)}
    ${refusal ? html`<div class="blk"><p>${refusedText(refusal)}</p></div>`
      : block(say.signature, dayText(body.signed_on), html`
      <p>${inCapacity(signer)}</p>
      ${signature ? drawn(reading, signer.name, signature) : nothing}
      ${scans.length ? reading.album.strip(scans) : nothing}`)}`
}

function refusedText({reason, witness_name, witness_role}: NonNullable<Inspection['refusal']>): string {
  return say.refused_sign(asClause(reason), [witness_name, witness_role].filter(Boolean).join(', '))
}

/** What a reason for a second check is called, as the commune reads the rule. */
function reasonName(app: App, code: string): string {
  const reason = app.commune.unit.overlap?.reasons.find(one => one.code === code)
  return reason ? word(reason, code) : say.second_reasons[code] ?? code
}

/** Who stood for the establishment, and as what where the record says it. */
function inCapacity({name, capacity}: {name: string; capacity: string}): string {
  return say.capacity[capacity] ? `${name} (${say.capacity[capacity].toLowerCase()})` : name
}
