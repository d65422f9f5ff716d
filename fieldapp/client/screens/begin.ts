// Before the checklist: whether the visit can be made, in what form, by whom, and the notice to the owner. A visit to a
// closed door ends here with a line.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import {teamOn} from '../rules/schedule'
import {FOLLOW_UP_REASON, followUpReason} from '../rules/standing'
import {remembered} from '../store/memory'
import {outbox} from '../store/outbox'
import {signedRecord} from '../store/replica'
import type {Inspection} from '../store/shapes'
import type {Store} from '../store/store'
import {icon} from '../ui/icons'
import {badLine, bar, note} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say, word} from '../ui/strings'
import {options, phrases, tick, type Option} from '../widgets/choice'
import type {SignatureField} from '../widgets/signature'
import {line, words} from '../widgets/text'
import {openAlbum, type Album} from './album'
import {checkedLines} from './establishment'
import {finish} from './finishing'
import {dropLink, dropUntouched} from './leaving'
import {members} from './members'
import {noticeBlock} from './notice'
import {draftSignature, openPictures} from './pictures'
import {holdPlace} from './place'
import {hasBegun} from './resume'
import {openVisit, type Visit} from './visit'

type Change = (recipe: (record: Inspection) => void) => void

interface Begin {
  app: App
  visit: Visit
  change: Change
  asked: boolean
  last: Inspection['members']
  signature: SignatureField
  album: Album
  remark: string                   // of the office, where it returned what this amends
  leave: () => void                // what is changed from then on is not drawn here any more
}

export const openBegin: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  const {draft, path} = visit
  const pictures = openPictures(app.store, app.draw)
  const begin: Begin = {
    app, visit, album: openAlbum(app, pictures, draft), last: await lastMembers(app.store), remark: await remarkOf(app, visit),
    asked: draft.value.place.seek !== undefined,
    change: recipe => draft.change(value => recipe(value.record)),
    signature: draftSignature(app, draft, 'inspector', pictures),
    leave: draft.subscribe(app.draw),
  }
  const parent = hasBegun(draft.value.place) ? path : `/app/e/${draft.value.establishment}`
  const place = holdPlace(draft, 'start')
  const title = () => visit.record.amends ? say.amend : say.before
  return {
    get title() { return title() },
    get saving() { return draft.saving },
    head: () => bar(parent, title(), visit.record.facts.name),
    body: () => form(begin),
    act: () => visit.record.outcome === 'conducted' ? goOn(begin) : saveAttempt(begin),
    entered: place.entered,
    close() {
      place.close()
      begin.leave()
      begin.signature.close()
      pictures.close()
      dropUntouched(app, draft)
    },
  }
}

function form(begin: Begin): TemplateResult {
  const {visit, change, app} = begin
  const {record} = visit
  const conducted = record.outcome === 'conducted'
  return html`<div class="form">
    ${record.amends ? amending(begin) : nothing}
    ${options('outcome', say.outcome_label, (['conducted', 'closed_door', 'refused'] as const).map(value => ({
      value, label: say.outcome_option[value]![0], small: say.outcome_option[value]![1]})), record.outcome,
        value => change(it => { it.outcome = value }))}
    ${conducted ? kinds(begin) : attempt(begin)}
    ${visit.second ? secondVisit(begin) : nothing}
    ${conducted ? html`${noticeBlock(app, record.notice, notice => change(it => { it.notice = notice }))}${who(begin)}`
      : html`<details class="card fold"><summary>${icon('person')}${say.who_came}${icon('fwd')}</summary>
        <div class="fold__in">${who(begin)}</div></details>`}
    ${dropLink(app, visit.draft, visit.path)}
  </div>`
}

/** What the office asks for stands where it is amended. */
function amending({visit: {record}, change, asked, remark}: Begin): TemplateResult {
  return html`<div class="stack">${remark ? note('due', 'warn', say.office_returned, html`<p>${say.office_returned_text(remark)}</p>`) : nothing}
    ${note('calm', 'doc', say.amend_note)}
    ${words({id: 'amend-reason', label: say.amend_reason, value: record.amend_reason,
      bad: asked && !record.amend_reason.trim() ? say.needed : null, change: value => change(it => { it.amend_reason = value })})}</div>`
}

function who(begin: Begin): TemplateResult {
  const {app, visit, last, change} = begin
  const {record} = visit
  return html`${bodies(begin)}${members(record.members, last, teamOn(app.commune.unit, visit.visited),
    all => change(it => { it.members = all }))}`
}

function kinds({visit: {record, earlier}, change}: Begin): TemplateResult {
  const all = (['planned', 'unscheduled', 'reinspection', 'follow_up'] as const).map(value => ({value, label: say.kind[value]}))
  const modes = (['on_site', 'remote'] as const).map(value => ({value, label: say.mode_option[value]}))
  return html`${options('kind', say.kind_label, all, record.kind, value => change(it => {
    it.kind = value
    if (value !== 'follow_up') it.mode = 'on_site'
    if (value === 'follow_up') it.second_visit ??= followUpReason(earlier, day => say.record_of(dayText(day)))
    else if (it.second_visit?.reason === FOLLOW_UP_REASON) it.second_visit = null
  }), 2)}
    ${record.kind === 'follow_up' ? options('mode', say.mode_label, modes, record.mode,
      value => change(it => { it.mode = value }), 2) : nothing}`
}

function secondVisit({app, visit: {earlier, record}, change}: Begin): TemplateResult {
  const {reason, document_no} = record.second_visit ?? {reason: '', document_no: ''}
  const reasons = secondReasons(app)
  return html`<div id="second-visit">${note('due', 'warn', say.second_title(earlier.length + 1), html`
      ${checkedLines(app, earlier, record.establishment)}
      <p>${say.second_text}</p><p>${say.second_options}</p>`)}</div>
    ${options('second', say.second_reason, reasons, reason || null, value => change(it => {
      it.second_visit = {document_no: '', ...it.second_visit, reason: value}
    }))}
    ${line({id: 'second-document', label: say.second_document, value: document_no, change: value => change(it => {
      it.second_visit = {reason: '', ...it.second_visit, document_no: value}
    })})}`
}

/** As the commune reads the rule; before the office has told, as it is shipped. */
function secondReasons({commune: {unit}}: App): Option<string>[] {
  if (!unit.overlap) return Object.entries(say.second_reasons).map(([value, label]) => ({value, label}))
  return unit.overlap.reasons.map(({code, note: small, ...name}) => ({value: code, label: word(name, code),
    ...say.code === 'vi' && small ? {small} : {}}))
}

function bodies({app, visit: {record}, change}: Begin): TemplateResult {
  const {unit} = app.commune
  const near = new Set([...record.bodies, app.store.person.body, 'team_178', 'police'])
  const one = ({code, ...name}: (typeof unit.bodies)[number]) => tick(word(name, code), record.bodies.includes(code),
    checked => change(it => {
    it.bodies = checked ? [...new Set([...it.bodies, code])] : it.bodies.filter(body => body !== code)
  }))
  const rest = unit.bodies.filter(body => !near.has(body.code))
  return html`<fieldset id="bodies"><legend class="h2">${say.bodies_label}</legend>
    <div class="opts">${unit.bodies.filter(body => near.has(body.code)).map(one)}
      ${rest.length ? html`<details class="card fold"><summary>${say.bodies_more}${icon('fwd')}</summary>
        <div class="fold__in">${rest.map(one)}</div></details>` : nothing}</div>
    <p class="hint">${say.bodies_hint}</p></fieldset>`
}

/** A closed door needs a line and a picture and nobody's signature; one who refuses is met, so the inspector signs. */
function attempt(begin: Begin): TemplateResult {
  const {visit, change, asked, signature, album, app} = begin
  const {record} = visit
  const saved = record.signatures.find(({who: one}) => one === 'inspector')?.file ?? null
  const closed = record.outcome === 'closed_door'
  const put = (words: string) => change(it => { it.note = [it.note.trim(), words].filter(Boolean).join(' ') })
  return html`<section>${words({
    id: 'attempt-note', label: say.outcome_note[record.outcome]!, value: record.note,
    bad: asked && !record.note.trim() ? say.attempt_needs : null, change: value => change(it => { it.note = value }),
  })}${closed ? phrases(say.outcome_note.closed_door!, say.closed_phrases, put) : nothing}</section>
  ${closed ? html`<section>${album.strip(Object.keys(record.photos), say.photo_class.premises, {class: 'premises'})}</section>`
    : html`<section><h2 class="h2">${say.sign_inspector}</h2>${signature.template(saved, app.store.person.name, asked
    && !saved)}${asked && !saved ? badLine('sign-inspector-bad', say.missing_signature.inspector!) : nothing}</section>`}
  <p class="hint">${say.attempt_hint}</p>`
}

function saveAttempt(begin: Begin): TemplateResult {
  const {app, visit, signature} = begin
  const save = async () => {
    await signature.flush()
    if (visit.missing.length === 0 && visit.record.bodies.length) return void await finish(app, visit.path, [visit.draft])
    begin.asked = true
    app.draw()
    const lacking = visit.missing.map(({what}) => what)
    const first = lacking.includes('amend_reason') ? 'amend-reason' : lacking.includes('reason') ? 'attempt-note'
      : visit.record.bodies.length ? null : 'bodies'
    if (first) document.getElementById(first)?.focus()
  }
  return html`<button class="btn" type="button" @click=${save}>${say.attempt_save}</button>`
}

function goOn({app, visit, leave}: Begin): TemplateResult {
  const {draft, path} = visit
  const begun = hasBegun(draft.value.place)
  const go = () => {
    if (begun) return app.back(path)
    leave()
    const started_at = app.now()
    const pointless = visit.findings.length ? [] : visit.items.filter(item => item.about_last).map(item => item.id)
    draft.change(({place, record}) => {
      Object.assign(place, {begun: true, screen: 'inspection'})
      delete place.untouched
      if (!record.amends) record.started_at = started_at
      if (record.kind === 'follow_up') record.remedies ??= {}
      // Nothing was left open last time, so what is asked about it does not apply; the person sees and may change it.
      else for (const item of pointless) record.answers[item] ??= {a: 'khong_ap_dung', note: '', files: []}
    })
    app.go(path, {replace: true})
  }
  return html`<button class="btn" type="button" @click=${go}>${begun ? say.go_on : say.begin}</button>`
}

async function remarkOf({store}: App, {record: {amends}}: Visit): Promise<string> {
  const review = amends && (await signedRecord(store, amends).catch(() => null))?.told.review
  return review && review.state === 'returned' ? review.remark : ''
}

/** Reads what the screen will need, while the establishment is looked at. */
export async function prepareBegin({store}: App): Promise<void> { await Promise.all([lastMembers(store), store.now()]) }

/** Who was present at this person's last visit, offered for this one. */
function lastMembers(store: Store): Promise<Inspection['members']> {
  return remembered(store, 'last members', ({what}) => what === 'outbox' || what === 'replica', async () => {
    const last = (await outbox(store)).find(entry => entry.kind === 'inspection' && entry.own)
    return last ? ((await signedRecord(store, last.record)).body as Inspection).members : []
  })
}
