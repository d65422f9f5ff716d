// A follow-up: only what earlier visits left open, each with how it was found. On site or by papers and pictures that
// the establishment sent.

import {html, nothing, type TemplateResult} from 'lit-html'
import {remedyOf} from '../store/follow_up'
import type {OpenFinding, Remedy, RemedyResult} from '../store/shapes'
import {icon, type IconName} from '../ui/icons'
import {bar, empty} from '../ui/parts'
import {goTo} from '../ui/scroll'
import type {App, Screen} from '../ui/screen'
import {say} from '../ui/strings'
import {segments} from '../widgets/choice'
import {words} from '../widgets/text'
import {openAlbum, type Album} from './album'
import {findingText} from './last'
import {dropLink} from './leaving'
import {openPictures} from './pictures'
import {holdPlace} from './place'
import type {Visit} from './visit'

const RESULTS: readonly (readonly [RemedyResult, IconName])[] = [['remedied', 'yes'], ['partly', 'draft'], ['not_remedied', 'no']]
const TONES: Record<RemedyResult, string> = {remedied: 'ok', partly: 'due', not_remedied: 'late'}

/** The shape of a result, as its button has it; a ring where none is given. */
export function remedyIcon(result: RemedyResult | undefined): TemplateResult {
  return result ? icon(RESULTS.find(([one]) => one === result)![1], TONES[result]) : icon('none', 'none')
}

interface Following {
  app: App
  visit: Visit
  album: Album
  asked: boolean                   // the review has sent the person here
}

export function openFollowUp(app: App, visit: Visit): Screen {
  const {draft} = visit
  const pictures = openPictures(app.store, app.draw)
  const following: Following = {app, visit, album: openAlbum(app, pictures, draft), asked: draft.value.place.seek !== undefined}
  const unsubscribe = draft.subscribe(app.draw)
  const place = holdPlace(draft, 'inspection')
  return {
    get title() { return visit.record.facts.name },
    get saving() { return draft.saving },
    head: () => bar(`/app/e/${visit.record.establishment}`, say.follow_up_title[visit.record.mode]!, visit.record.facts.name, '',
      html`<p class="bar__num">${say.of_total(done(visit), visit.findings.length)}</p>`),
    body: () => body(following),
    act: () => action(visit),
    entered: place.entered,
    close() {
      place.close()
      unsubscribe()
      pictures.close()
    },
  }
}

function done({findings, record}: Visit): number {
  return findings.filter(finding => record.remedies?.[finding.id]).length
}

function body(following: Following): TemplateResult {
  const {visit} = following
  if (visit.findings.length === 0) return empty('done', say.no_findings, say.nothing_to_follow_up, dropLink(following.app, visit.draft, visit.path))
  return html`<form @submit=${(event: Event) => event.preventDefault()}>
    ${visit.findings.map(finding => template(following, finding))}</form>
    <div class="onward">${visit.record.mode === 'on_site' ? html`<a class="btn2 btn2--w"
      href="${visit.path}/start">${icon('person')}${say.to_notice}</a>` : dropLink(following.app, visit.draft, visit.path)}</div>`
}

function template(following: Following, finding: OpenFinding): TemplateResult {
  const {app, visit} = following
  const remedy = visit.record.remedies?.[finding.id]
  return html`<fieldset class="item item--find" id="item-${finding.id}"><legend class="vh">${finding.note || finding.text}</legend>
    <div class="cell cell--bare">${findingText(app, finding, nothing)}</div>
    ${segments(`r-${finding.id}`, RESULTS.map(([value, shape]) => ({value, shape, label: say.remedy[value]!})), remedy?.result,
      result => choose(visit, finding, result))}
    ${remedy ? proof(following, finding, remedy) : nothing}</fieldset>`
}

function choose({draft}: Visit, finding: OpenFinding, result: RemedyResult): void {
  draft.change(({record, place}) => {
    record.remedies ??= {}
    record.remedies[finding.id] = remedyOf(finding, result, record.remedies[finding.id])
    place.item = finding.id
  })
}

function proof(following: Following, {id, follow_up}: OpenFinding, remedy: Remedy): TemplateResult {
  const {visit, album, asked} = following
  const change = (note: string) => visit.draft.change(({record}) => {
    const there = record.remedies?.[id]
    if (there) there.note = note
  })
  const bare = remedy.result === 'remedied' && !remedy.note.trim() && remedy.files.length === 0
  const kind = follow_up === 'dossier' ? 'document' : 'premises'
  return html`<div class="more more--plain">
    ${words({id: `n-${id}`, label: say.remedy_note[remedy.result]!, value: remedy.note,
      bad: asked && bare ? say.remedy_needs : null, change})}
    ${album.strip(remedy.files, say.photo_class[kind], {finding: id, class: kind})}</div>`
}

function action(visit: Visit): TemplateResult {
  const next = visit.findings.find(finding => !visit.record.remedies?.[finding.id])
  const show = () => goTo(document.getElementById(`item-${next!.id}`))
  return next ? html`<button class="btn" type="button" @click=${show}>${say.next_finding}${icon('down')}</button>`
    : html`<a class="btn" href="${visit.path}/review">${say.to_review}</a>`
}

