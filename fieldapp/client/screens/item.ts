// One item of the checklist: what is asked, four answers, and in place what an answer needs: words, a deadline, photos.

import {html, nothing, type TemplateResult} from 'lit-html'
import {defaultDueOn} from '../rules/checklist'
import {dayText} from '../rules/days'
import {addPhoto, removePhoto} from '../store/drafts'
import type {Answer, AnswerCode, ChecklistItem, Inspection, OpenFinding, Sha256} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {answerButtons} from '../widgets/choice'
import {dayField} from '../widgets/day'
import {photoStrip, viewer, type Pictures} from '../widgets/photos'
import {words} from '../widgets/text'
import {openPictures} from './pictures'
import type {Visit} from './visit'

export interface Items {
  /** next: the one to answer now. */
  template(item: ChecklistItem, next: boolean): TemplateResult
  /** The photo that is being looked at, if any. */
  viewer(): unknown
  close(): void
}

interface State {
  app: App
  visit: Visit
  pictures: Pictures
  unfolded: Set<string>            // items whose optional note was asked for
  saving: Map<string, number>      // photos on their way to the disk, by item
  looking: Sha256 | null
  settled: (item: string) => void  // an answer that needs nothing more was given
  asked: boolean                   // the review has sent the person here: what is missing is marked
}

export function openItems(app: App, visit: Visit, asked: boolean, settled: (item: string) => void): Items {
  const pictures = openPictures(app.store, app.draw)
  const state: State = {app, visit, pictures, unfolded: new Set(), saving: new Map(), looking: null, settled, asked}
  return {
    template: (item, next) => template(state, item, next),
    viewer: () => viewer(pictures, state.looking, () => look(state, null), () => takeBack(state)),
    close: () => pictures.close(),
  }
}

function template(state: State, item: ChecklistItem, next: boolean): TemplateResult {
  const answer = state.visit.record.answers[item.id]
  const open = state.visit.open(item.id)
  const unfolded = needsWords(answer) || state.unfolded.has(item.id) || Boolean(answer?.note || answer?.files.length)
  const toggle = () => {
    if (state.unfolded.has(item.id)) state.unfolded.delete(item.id)
    else state.unfolded.add(item.id)
    state.app.draw()
  }
  return html`<fieldset class="item ${next ? 'item--next' : ''}" id="item-${item.id}">
    <legend>${item.urgent ? html`<span class="tag">${say.urgent}</span> ` : nothing}
      <span class="code">${item.id}</span> ${item.text}</legend>
    ${answer && !needsWords(answer) ? html`
      <button class="ib item__more" type="button" aria-expanded=${unfolded} aria-label=${say.more_for(item.id)} @click=${toggle}>
        ${icon(item.evidence === 'none' ? 'pen' : 'cam')}</button>` : nothing}
    ${item.privacy ? html`<p class="item__say">${smallIcon('lock')}<span>${item.privacy}</span></p>` : nothing}
    ${open ? html`<p class="item__say">${smallIcon('late', 'late')}<span>${lastTime(open)}</span></p>` : nothing}
    ${answerButtons(item.id, answer?.a, chosen => choose(state, item, chosen))}
    ${answer && unfolded ? more(state, item, answer) : nothing}</fieldset>`
}

function lastTime({note, text, due_on}: OpenFinding): string {
  return say.last_time((note || text).replace(/\.$/, ''), dayText(due_on))
}

function needsWords(answer: Answer | undefined): boolean {
  return answer?.a === 'khong_dat' || answer?.a === 'chua_xem_xet'
}

function choose({visit, settled}: State, item: ChecklistItem, a: AnswerCode): void {
  const due_on = defaultDueOn(item, visit.visited)
  visit.draft.change(({record, place}) => {
    const there = record.answers[item.id]
    const answer: Answer = {note: '', files: [], ...there, a}
    if (a === 'khong_dat') answer.due_on ??= due_on
    record.answers[item.id] = answer
    Object.assign(place, {section: item.section, item: item.id})
  })
  if (a === 'dat' || a === 'khong_ap_dung') settled(item.id)
  else document.getElementById(`n-${item.id}`)?.scrollIntoView({block: 'nearest'})
}

function more(state: State, item: ChecklistItem, answer: Answer): TemplateResult {
  const {visit} = state
  const change = (recipe: (answer: Answer) => void) => visit.draft.change(({record}) => {
    const there = record.answers[item.id]
    if (there) recipe(there)
  })
  const missing = state.asked && needsWords(answer) && !answer.note.trim()
  return html`<div class="more more--${answer.a}">
    ${words({id: `n-${item.id}`, label: noteLabel(item, answer.a), value: answer.note, bad: missing ? say.missing.note!
      : null, change: note => change(it => { it.note = note })})}
    ${answer.a === 'khong_dat' ? dayField({
      id: `d-${item.id}`, label: say.due_label,
        small: say.due_hint(item.remediation.days, say.follow_up[item.remediation.follow_up] ?? ''),
      value: answer.due_on ?? defaultDueOn(item, visit.visited), min: visit.visited,
        change: day => change(it => { it.due_on = day }),
    }) : nothing}
    ${item.evidence === 'none' ? nothing : photoStrip(state.pictures, {
      files: answer.files, saving: state.saving.get(item.id) ?? 0, hint: say.photo_class[item.evidence],
      add: photos => void add(state, item, photos), look: file => look(state, file),
    })}</div>`
}

function noteLabel(item: ChecklistItem, a: AnswerCode): string {
  if (a === 'khong_dat') return item.refer ? say.note_refer : say.note_finding
  return a === 'chua_xem_xet' ? say.note_reason : say.note_optional
}

async function add({app, visit, saving}: State, item: ChecklistItem, photos: File[]): Promise<void> {
  const place = {item: item.id, class: item.evidence === 'document' ? 'document' : 'premises'} as const
  const count = (more: number) => {
    saving.set(item.id, (saving.get(item.id) ?? 0) + more)
    app.draw()
  }
  count(photos.length)
  for (const photo of photos) {
    await app.attempt(() => addPhoto(app.store, visit.draft, photo, place))
    count(-1)
  }
}

function look(state: State, file: Sha256 | null): void {
  if (state.looking === file) return
  state.looking = file
  state.app.draw()
}

/** Takes the photo that is looked at out of its answer; it can be put back as long as the word stands. */
function takeBack(state: State): void {
  const file = state.looking
  const {draft, record} = state.visit
  if (!file) return
  const kept = {photo: record.photos[file], items: itemsWith(record, file)}
  removePhoto(draft, file)
  look(state, null)
  const back = () => draft.change(({record: it}) => {
    if (kept.photo) it.photos[file] = kept.photo
    for (const item of kept.items) it.answers[item]?.files.push(file)
  })
  state.app.tell({text: say.photo_removed, label: say.undo, press: back})
}

function itemsWith(record: Inspection, file: Sha256): string[] {
  return Object.entries(record.answers).filter(([, answer]) => answer.files.includes(file)).map(([item]) => item)
}
