// One item of the checklist: what is asked, four answers, and in place what an answer needs: words, a deadline, photos.

import {html, nothing, type TemplateResult} from 'lit-html'
import {guard} from 'lit-html/directives/guard.js'
import {defaultDueOn} from '../rules/checklist'
import {dayText} from '../rules/days'
import type {Answer, AnswerCode, ChecklistItem, OpenFinding} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {asClause} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import type {Pictures} from '../widgets/photos'
import {answerButtons, phrases} from '../widgets/choice'
import {dayField} from '../widgets/day'
import {words} from '../widgets/text'
import {openAlbum, type Album} from './album'
import {openPictures} from './pictures'
import type {Visit} from './visit'

export interface Items {
  /** All that an item shows. next: the one to answer now. */
  stamp(item: ChecklistItem, next: boolean): string
  /** Drawn anew only with another stamp: a tap changes one of thirty, and a slow phone would feel the others. */
  template(item: ChecklistItem, next: boolean, stamp: string): unknown
  close(): void
}

interface State {
  app: App
  visit: Visit
  pictures: Pictures
  album: Album
  settled: (item: string) => void  // an answer that needs nothing more was given
  asked: boolean                   // the review has sent the person here: what is missing is marked
}

export function openItems(app: App, visit: Visit, asked: boolean, settled: (item: string) => void): Items {
  const pictures = openPictures(app.store, app.draw)
  const state: State = {app, visit, pictures, album: openAlbum(app, pictures, visit.draft), settled, asked}
  return {
    stamp: (item, next) => stamp(state, item, next),
    template: (item, next, stamped) => guard([stamped], () => template(state, item, next)),
    close: () => pictures.close(),
  }
}

function stamp({visit, album, asked, pictures}: State, {id}: ChecklistItem, next: boolean): string {
  const answer = visit.record.answers[id]
  const shown = answer?.files.map(file => pictures.url(file) ?? null)
  return JSON.stringify([id, say.code, answer, shown, next, asked, album.saving(id), visit.draft.value.place.unfolded?.includes(id)])
}

// The button that comes with an answer has an element around it: put between a float and blocks, it would have the browser
// build the whole item's layout anew.
function template(state: State, item: ChecklistItem, next: boolean): TemplateResult {
  const answer = state.visit.record.answers[item.id]
  const open = state.visit.open(item.id)
  const asked = state.visit.draft.value.place.unfolded?.includes(item.id) ?? false
  const unfolded = needsWords(answer) || asked || Boolean(answer?.note || answer?.files.length)
  const toggle = () => {
    state.visit.draft.change(({place}) => {
      const others = (place.unfolded ?? []).filter(id => id !== item.id)
      place.unfolded = asked ? others : [...others, item.id]
    })
    state.app.draw()
  }
  return html`<fieldset class="item ${next ? 'item--next' : ''}" id="item-${item.id}">
    <legend>${item.urgent ? html`<span class="tag">${say.urgent}</span> ` : nothing}
      <span class="code">${item.id}</span> ${item.text}</legend>
    <div>${answer && !needsWords(answer) ? html`<button class="ib item__more" type="button" aria-expanded=${unfolded}
      aria-label=${say.more_for(item.id)} @click=${toggle}>${icon(item.evidence === 'none' ? 'pen' : 'cam')}</button>` : nothing}</div>
    ${item.privacy ? html`<p class="item__say">${smallIcon('lock')}<span>${item.privacy}</span></p>` : nothing}
    ${open ? html`<p class="item__say">${smallIcon('late', 'late')}<span>${lastTime(open)}</span></p>` : nothing}
    ${answerButtons(item.id, answer?.a, state.visit.last?.answers[item.id]?.a, chosen => choose(state, item, chosen))}
    ${answer && unfolded ? more(state, item, answer) : nothing}</fieldset>`
}

function lastTime({note, text, due_on}: OpenFinding): string {
  return say.last_time(asClause(note || text), dayText(due_on))
}

function needsWords(answer: Answer | undefined): boolean {
  return answer?.a === 'khong_dat' || answer?.a === 'chua_xem_xet'
}

function choose({app, visit, settled}: State, item: ChecklistItem, a: AnswerCode): void {
  const due_on = a === 'khong_dat' ? defaultDueOn(item, visit.visited) : undefined
  visit.draft.change(({record, place}) => {
    const there = record.answers[item.id]
    const answer: Answer = {note: '', files: [], ...there, a}
    if (due_on) answer.due_on ??= due_on
    record.answers[item.id] = answer
    Object.assign(place, {section: item.section, item: item.id})
  })
  if (a === 'dat' || a === 'khong_ap_dung') return settled(item.id)
  app.draw()
  const words = document.getElementById(`n-${item.id}`)
  // Words must follow, so the keyboard comes at once; a reason is mostly one of the phrases below.
  if (a === 'khong_dat' && !visit.record.answers[item.id]?.note) words?.focus({preventScroll: true})
  words?.scrollIntoView({block: 'nearest'})
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
    ${answer.a === 'chua_xem_xet' && !answer.note.trim() ? phrases(say.note_reason, say.reasons,
      note => {
        change(it => { it.note = note })
        state.app.draw()
      }) : nothing}
    ${answer.a === 'khong_dat' ? dayField({
      id: `d-${item.id}`, label: say.due_label,
        small: say.due_hint(item.remediation.days, say.follow_up[item.remediation.follow_up] ?? ''),
      value: answer.due_on ?? defaultDueOn(item, visit.visited), min: visit.visited,
        change: day => change(it => { it.due_on = day }),
    }) : nothing}
    ${item.evidence === 'none' ? nothing : state.album.strip(answer.files, say.photo_class[item.evidence],
      {item: item.id, class: item.evidence === 'document' ? 'document' : 'premises'})}</div>`
}

function noteLabel(item: ChecklistItem, a: AnswerCode): string {
  if (a === 'khong_dat') return item.refer ? say.note_refer : say.note_finding
  return a === 'chua_xem_xet' ? say.note_reason : say.note_optional
}

