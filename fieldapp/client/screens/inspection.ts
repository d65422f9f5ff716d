// The checklist: all sections on one page under their tabs, one tap an answer. Where the person was is in the draft, so
// it opens there again. A follow-up has no checklist; its own page stands here instead.

import {html, nothing, render, type TemplateResult} from 'lit-html'
import {guard} from 'lit-html/directives/guard.js'
import {counts, progressBySection, restOf, type SectionProgress} from '../rules/checklist'
import {dayText} from '../rules/days'
import type {Answer, ChecklistFigure, ChecklistItem} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {bar} from '../ui/parts'
import {bringIntoView, front, goTo, headHeight, placeSections, toTop} from '../ui/scroll'
import type {App, Opener, Screen} from '../ui/screen'
import {say} from '../ui/strings'
import {forgetWrong} from '../widgets/number'
import {figureRows, FIGURES, isUnread, looseFigures, sectionFigures} from './figures'
import {openFollowUp} from './follow_up'
import {gradually, roomOf, type Gradually, type Line, type Part} from './gradually'
import {openItems, type Items} from './item'
import {lastFindings} from './last'
import {holdPlace} from './place'
import {openVisit, type Visit} from './visit'

interface Inspecting {
  app: App
  visit: Visit
  items: Items
  section: string                  // the one under the head
  drawn: Gradually
}

export const openInspection: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  return visit.record.kind === 'follow_up' ? openFollowUp(app, visit) : wholeChecklist(app, visit)
}

function wholeChecklist(app: App, visit: Visit): Screen {
  const {draft} = visit
  const from = comesTo(visit)
  const state: Inspecting = {app, visit, section: from.section, drawn: gradually(sections(visit), from, typedIn(visit), app.draw),
    items: openItems(app, visit, draft.value.place.seek !== undefined, item => answered(visit, item))}
  const unsubscribe = draft.subscribe(app.drawSoon)
  const place = holdPlace(draft, 'inspection', () => state.section)
  const unwatch = watchSection(state)
  forgetWrong()
  return {
    get title() { return visit.record.facts.name },
    get saving() { return draft.saving },
    head: () => head(state),
    body: () => body(state),
    act: () => action(state),
    entered() {
      placeSections()
      state.drawn.begin()
      const {seek, spots, field} = draft.value.place
      const wanted = [seek ?? spots?.['inspection']?.at, field]
      if (wanted.some(id => id && !document.getElementById(id))) state.drawn.finish()
      place.entered()
      look(state)
    },
    close() {
      unwatch()
      state.drawn.end()
      place.close()
      unsubscribe()
      state.items.close()
    },
  }
}

/** Draws two items where nobody sees them: what a template costs once is paid while nobody waits. */
export async function prepareInspection(app: App, {id}: Record<string, string>): Promise<void> {
  const visit = await openVisit(app, id!)
  const items = openItems(app, visit, false, () => undefined)
  render(visit.items.slice(0, 2).map(item => items.template(item, false, '')), document.createElement('div'))
  items.close()
}

/** The section of the line that the person left, or is sent to, and the item in it. */
function comesTo(visit: Visit): Line {
  const {seek, section, spots} = visit.draft.value.place
  const found = lineOf(visit, id => (seek ?? spots?.['inspection']?.at) === `item-${id}`)
  if (found && (seek !== undefined || found.section === section)) return found
  const all = sections(visit)
  return {section: all.some(({code}) => code === section) ? section : all[0]!.code, item: 0}
}

function lineOf({items}: Visit, fits: (id: string) => boolean): Line | undefined {
  const found = items.find(({id}) => fits(id))
  return found && {section: found.section, item: items.filter(({section}) => section === found.section).indexOf(found)}
}

/** The item of the note that was being typed. The person may have scrolled far away from it. */
function typedIn(visit: Visit): Line | undefined {
  return lineOf(visit, id => visit.draft.value.place.field === `n-${id}`)
}

/** Keeps the tabs at the section under the head. */
function watchSection(state: Inspecting): () => void {
  let asked = 0
  const scrolled = () => { asked ||= requestAnimationFrame(() => { asked = 0; look(state) }) }
  addEventListener('scroll', scrolled, {passive: true})
  return () => {
    cancelAnimationFrame(asked)
    removeEventListener('scroll', scrolled)
  }
}

function look(state: Inspecting): void {
  const foot = headHeight() + 2
  const above = [...front().querySelectorAll<HTMLElement>('[data-section]')].filter(section => section.getBoundingClientRect().top <= foot)
  const section = above.at(-1)?.dataset.section ?? sections(state.visit)[0]!.code
  if (section === state.section) return
  state.section = section
  state.app.drawSoon()
  const tab = document.querySelectorAll<HTMLElement>('.tab')[sections(state.visit).findIndex(({code}) => code === section)]
  if (tab?.parentElement) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2
}

/** The sections with an item, then the figures that belong to none of them. */
function sections(visit: Visit): SectionProgress[] {
  const {items, record} = visit
  const all = progressBySection(visit.sections, items, record.answers)
  const loose = looseFigures(visit)
  if (loose.length === 0) return all
  const taken = loose.filter(figure => record.figures[figure.id] !== undefined && record.figures[figure.id] !== '')
  return [...all, {code: FIGURES, text: say.figures, answered: taken.length, total: loose.length}]
}

function titleOf({code, text}: SectionProgress): string {
  return code === FIGURES ? text : `${code}. ${text}`
}

function head({visit, section, drawn}: Inspecting): TemplateResult {
  const {answered: done, total} = counts(visit.items, visit.record.answers)
  const num = html`<p class="bar__num">${say.items_of(done, total)}</p>`
  return html`${bar(`/app/e/${visit.record.establishment}`, visit.record.facts.name, nothing, 'bar--s', num)}
    <nav class="tabs" aria-label=${say.sections}>${sections(visit).map(one => guard([say.code, one.answered, one.total, one.code === section],
      () => tab(one, one.code === section, drawn)))}</nav>`
}

function tab(one: SectionProgress, current: boolean, drawn: Gradually): TemplateResult {
  const full = one.answered === one.total
  const show = () => {
    drawn.finish()
    toTop(front().querySelector(`[data-section="${one.code}"]`))
  }
  return html`<button class="tab ${full ? 'tab--full' : ''}" type="button" aria-current=${current ? 'step' : nothing}
    @click=${show}>
    <b>${one.code === FIGURES ? '123' : one.code}<span class="vh">. ${one.text}</span></b>${full
      ? html`${smallIcon('yes')}<span class="vh">${say.complete}</span>` : `${one.answered}/${one.total}`}</button>`
}

function body(state: Inspecting): TemplateResult {
  const {visit} = state
  const next = nextUnanswered(visit)
  const everywhere = stampOfAll(state)
  return html`<form class="sections" @submit=${(event: Event) => event.preventDefault()}>
    ${sections(visit).map((section, n) => sectionBody(state, section, n === 0, next?.id, everywhere))}</form>
    <div class="onward"><a class="btn2 btn2--w" href="${visit.path}/commitment">${icon('doc')}${say.commitment_at_visit}</a>
      <a class="btn2 btn2--w" href="${visit.path}/start">${icon('person')}${say.to_notice}</a>
      <a class="btn2 btn2--w" href="${visit.path}/review">${icon('pen')}${say.to_review}</a></div>`
}

/** What any section may show of the visit as a whole. */
function stampOfAll({app, visit}: Inspecting): string {
  const {record, draft} = visit
  return JSON.stringify([say.code, app.today, record.facts, record.figures, record.told_visits, draft.value.extra_items])
}

function sectionBody(state: Inspecting, section: SectionProgress, first: boolean, next: string | undefined, everywhere: string): TemplateResult {
  const {visit, items, drawn} = state
  const {code} = section
  const part = drawn.part(code)
  if (part.to === 0) return html`<section data-section=${code}>${room(section.total, true)}</section>`
  if (code === FIGURES) return html`<section data-section=${FIGURES}>${sectionHead(section)}
    ${figureRows(visit, looseFigures(visit))}</section>`
  const here = visit.items.filter(item => item.section === code)
  const figures = sectionFigures(visit, code)
  const stands = (n: number) => n >= part.from && n < part.to
  const stamps = here.map((item, n) => stands(n) ? items.stamp(item, item.id === next) : '')
  return html`<section data-section=${code}>${guard([everywhere, ...stamps, ...figures.map(isUnread)],
    () => sectionContent(state, section, figures, part, first,
      here.map((item, n) => stands(n) ? items.template(item, item.id === next, stamps[n]!) : nothing)))}</section>`
}

/** items: one for each, nothing where it does not stand yet. */
function sectionContent({app, visit}: Inspecting, section: SectionProgress, figures: readonly ChecklistFigure[], {from, to}: Part,
  first: boolean, items: readonly unknown[]): TemplateResult {
  const {code} = section
  return html`${sectionHead(section)}
    ${from > 0 ? room(from) : html`${first && visit.last ? html`<p class="was">${say.last_marked(dayText(visit.last.day))}</p>` : nothing}
    ${visit.items.some(item => item.section === code && item.about_last) ? lastFindings(app, visit) : nothing}
    ${figureRows(visit, figures.filter(({value}) => value === 'count'))}`}
    ${items}
    ${to < items.length ? room(items.length - to) : html`${unasked(visit, code)}
    ${figureRows(visit, figures.filter(({value}) => value !== 'count'))}
    ${rest(app, visit, code)}${extended(app, visit, code)}`}`
}

/** Where items do not stand yet. */
function room(items: number, heading = false): TemplateResult {
  return html`<div data-room=${roomOf(items, heading)}></div>`
}

/** Says what is not asked, and because of what. */
function unasked({unasked: all, checklist}: Visit, section: string): unknown {
  const here = all.filter(item => item.section === section)
  const figure = checklist.figures.find(({id}) => id === here[0]?.only_if_over_0)
  return here.length && figure ? html`<p class="was">${say.not_asked(here.map(item => item.id).join(', '), figure.text)}</p>` : nothing
}

/** One tap for what is left of a section. What was answered stays as it is, and the tap can be taken back. */
function rest(app: App, visit: Visit, section: string): unknown {
  const left = restOf(visit.items, section, visit.record.answers, visit.findings)
  if (left.length === 0) return nothing
  const ids = left.map(item => item.id)
  const dat: Answer = {a: 'dat', note: '', files: []}
  const press = () => {
    visit.draft.change(({record, place}) => {
      for (const id of ids) record.answers[id] ??= {...dat}
      Object.assign(place, {section, item: ids.at(-1)})
    })
    const back = () => {
      visit.draft.change(({record}) => {
        for (const id of ids) if (JSON.stringify(record.answers[id]) === JSON.stringify(dat)) delete record.answers[id]
      })
      app.draw()
    }
    app.tell({text: say.rest_done(ids.length), label: say.undo, press: back})
  }
  return html`<div class="rest"><button class="btn2 btn2--w" type="button" @click=${press}>
    ${icon('yes', 'ok')}${say.rest_of(section, ids.length)}</button></div>`
}

function sectionHead(section: SectionProgress): TemplateResult {
  const title = titleOf(section)
  return html`<div class="sec"><h2>${title}</h2>
    <progress class="hair" value=${section.answered} max=${Math.max(1, section.total)}
      aria-label=${say.section_progress(title, section.answered, section.total)}></progress></div>`
}

function extended(app: App, {extended: all, draft}: Visit, section: string): unknown {
  const more = all.filter(item => item.section === section)
  if (more.length === 0) return nothing
  const add = (item: string) => {
    draft.change(value => { value.extra_items = [...new Set([...value.extra_items, item])] })
    app.draw()
  }
  return html`<div class="extra"><details class="fold">
    <summary>${icon('plus')}${say.extended(more.length)}${icon('fwd')}</summary><div class="fold__in">
      <p class="fld__sub">${say.extended_hint}</p>
    ${more.map(item => html`<button class="btn2 btn2--w btn2--text" type="button" aria-label=${say.extended_add(item.id)}
      @click=${() => add(item.id)}>${smallIcon('plus')}<span><span
        class="code">${item.id}</span> ${item.text}</span></button>`)}</div></details></div>`
}

function action({visit, drawn}: Inspecting): TemplateResult {
  const next = nextUnanswered(visit)
  return next ? html`<button class="btn" type="button"
    @click=${() => { drawn.finish(); goTo(document.getElementById(`item-${next.id}`)) }}>${say.next_unanswered}${icon('down')}</button>`
    : html`<a class="btn" href="${visit.path}/review">${say.to_review}</a>`
}

/** The items in the order of the page. */
function inOrder({items, sections: all}: Visit): ChecklistItem[] {
  return all.flatMap(({code}) => items.filter(item => item.section === code))
}

/** The first item without an answer, seen from where the person is: onward first, then from the top. */
function nextUnanswered(visit: Visit): ChecklistItem | undefined {
  const {record, draft} = visit
  const items = inOrder(visit)
  const from = Math.max(0, items.findIndex(item => item.id === draft.value.place.item))
  return [...items.slice(from), ...items.slice(0, from)].find(item => !record.answers[item.id])
}

/** After an answer that needs no words, what comes next moves into view, and only as far as it must. */
function answered(visit: Visit, id: string): void {
  const items = inOrder(visit)
  const next = items.slice(items.findIndex(item => item.id === id) + 1).find(item => !visit.record.answers[item.id])
  const element = next && document.getElementById(`item-${next.id}`)
  if (element) bringIntoView(element)
}
