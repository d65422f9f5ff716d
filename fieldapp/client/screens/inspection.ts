// The checklist: all sections on one page under their tabs, one tap an answer. Where the person was is in the draft, so
// it opens there again.

import {html, nothing, type TemplateResult} from 'lit-html'
import {counts, progressBySection, type SectionProgress} from '../rules/checklist'
import type {ChecklistItem} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {bar} from '../ui/parts'
import {bringIntoView, centre, headHeight, toTop} from '../ui/scroll'
import type {App, Opener} from '../ui/screen'
import {say} from '../ui/strings'
import {forgetWrong} from '../widgets/number'
import {figureRows, FIGURES} from './figures'
import {openItems, type Items} from './item'
import {openVisit, type Visit} from './visit'

interface Inspecting {
  app: App
  visit: Visit
  items: Items
  section: string                  // the one under the head
}

export const openInspection: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  const {draft} = visit
  const wanted = draft.value.place
  const state: Inspecting = {app, visit, section: '',
    items: openItems(app, visit, wanted.scroll < 0, item => answered(visit, item))}
  const unsubscribe = draft.subscribe(app.draw)
  const unwatch = watchPlace(state)
  forgetWrong()
  return {
    get title() { return visit.record.facts.name },
    get saving() { return draft.saving },
    get scroll() { return Math.max(0, wanted.scroll) },
    head: () => head(state),
    body: () => body(state),
    act: () => action(state),
    entered() {
      if (wanted.scroll < 0) goTo(wanted.item)
      look(state)
    },
    close() {
      unwatch()
      unsubscribe()
      state.items.close()
    },
  }
}

/** Keeps the tabs at the section under the head, and the draft at where the person is. */
function watchPlace(state: Inspecting): () => void {
  let asked = 0
  const scrolled = () => { asked ||= requestAnimationFrame(() => { asked = 0; look(state) }) }
  const hidden = () => { if (document.visibilityState === 'hidden') keepPlace(state) }
  addEventListener('scroll', scrolled, {passive: true})
  document.addEventListener('visibilitychange', hidden)
  return () => {
    cancelAnimationFrame(asked)
    removeEventListener('scroll', scrolled)
    document.removeEventListener('visibilitychange', hidden)
    keepPlace(state)
  }
}

function keepPlace({visit: {draft}, section}: Inspecting): void {
  const scroll = Math.round(scrollY)
  const {place} = draft.value
  if (place.section === section && place.scroll === scroll) return
  draft.change(value => { Object.assign(value.place, {section, scroll}) })
}

function look(state: Inspecting): void {
  const foot = headHeight() + 2
  const above = [...document.querySelectorAll<HTMLElement>('[data-section]')].filter(section => section.getBoundingClientRect().top <= foot)
  const section = above.at(-1)?.dataset.section ?? sections(state.visit)[0]!.code
  if (section === state.section) return
  state.section = section
  state.app.draw()
  const tab = document.querySelector<HTMLElement>('.tab[aria-current]')
  if (tab?.parentElement) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2
}

/** The sections with an item, then the figures. */
function sections({checklist, items, figures, record}: Visit): SectionProgress[] {
  const all = progressBySection(checklist, items, record.answers)
  if (figures.length === 0) return all
  const taken = figures.filter(figure => record.figures[figure.id] !== undefined && record.figures[figure.id] !== '')
  return [...all, {code: FIGURES, text: say.figures, answered: taken.length, total: figures.length}]
}

function titleOf({code, text}: SectionProgress): string {
  return code === FIGURES ? text : `${code}. ${text}`
}

function head({visit, section}: Inspecting): TemplateResult {
  const {answered: done, total} = counts(visit.items, visit.record.answers)
  const num = html`<p class="bar__num">${say.items_of(done, total)}</p>`
  return html`${bar(`/app/e/${visit.record.establishment}`, visit.record.facts.name, nothing, 'bar--s', num)}
    <nav class="tabs" aria-label=${say.sections}>${sections(visit).map(one => tab(one, one.code === section))}</nav>`
}

function tab(one: SectionProgress, current: boolean): TemplateResult {
  const full = one.answered === one.total
  const show = () => toTop(document.querySelector(`[data-section="${one.code}"]`))
  return html`<button class="tab ${full ? 'tab--full' : ''}" type="button" aria-current=${current ? 'step' : nothing}
    @click=${show}>
    <b>${one.code === FIGURES ? '123' : one.code}<span class="vh">. ${one.text}</span></b>${full
      ? html`${smallIcon('yes')}<span class="vh">${say.complete}</span>` : `${one.answered}/${one.total}`}</button>`
}

function body(state: Inspecting): TemplateResult {
  const {visit, items} = state
  const next = nextUnanswered(visit)
  return html`<form @submit=${(event: Event) => event.preventDefault()}>${sections(visit).map(section => html`
    <section data-section=${section.code}>${sectionHead(section)}
      ${section.code === FIGURES ? figureRows(visit)
        : visit.items.filter(item => item.section === section.code).map(item => items.template(item, item.id === next?.id))}
      ${extended(visit, section.code)}</section>`)}</form>
    <div class="onward"><a class="btn2 btn2--w" href="${visit.path}/commitment">${icon('doc')}${say.commitment_at_visit}</a>
      <a class="btn2 btn2--w" href="${visit.path}/start">${icon('person')}${say.to_notice}</a>
      <a class="btn2 btn2--w" href="${visit.path}/review">${icon('pen')}${say.to_review}</a></div>${items.viewer()}`
}

function sectionHead(section: SectionProgress): TemplateResult {
  const title = titleOf(section)
  return html`<div class="sec"><h2>${title}</h2>
    <progress class="hair" value=${section.answered} max=${Math.max(1, section.total)}
      aria-label=${say.section_progress(title, section.answered, section.total)}></progress></div>`
}

function extended({extended: all, draft}: Visit, section: string): unknown {
  const more = all.filter(item => item.section === section)
  if (more.length === 0) return nothing
  const add = (item: string) => draft.change(value => { value.extra_items = [...new Set([...value.extra_items, item])] })
  return html`<div class="extra"><details class="fold">
    <summary>${icon('plus')}${say.extended(more.length)}${icon('fwd')}</summary><div class="fold__in">
      <p class="fld__sub">${say.extended_hint}</p>
    ${more.map(item => html`<button class="btn2 btn2--w btn2--text" type="button" aria-label=${say.extended_add(item.id)}
      @click=${() => add(item.id)}>${smallIcon('plus')}<span><span
        class="code">${item.id}</span> ${item.text}</span></button>`)}</div></details></div>`
}

function action({visit}: Inspecting): TemplateResult {
  const next = nextUnanswered(visit)
  return next ? html`<button class="btn" type="button"
    @click=${() => goTo(next.id)}>${say.next_unanswered}${icon('down')}</button>`
    : html`<a class="btn" href="${visit.path}/review">${say.to_review}</a>`
}

/** The first item without an answer, seen from where the person is: onward first, then from the top. */
function nextUnanswered({items, record, draft}: Visit): ChecklistItem | undefined {
  const from = Math.max(0, items.findIndex(item => item.id === draft.value.place.item))
  return [...items.slice(from), ...items.slice(0, from)].find(item => !record.answers[item.id])
}

function goTo(id: string): void {
  const element = document.getElementById(`item-${id}`)
  if (!element) return
  centre(element)
  element.querySelector<HTMLElement>('input')?.focus({preventScroll: true})
}

/** After an answer that needs no words, what comes next moves into view, and only as far as it must. */
function answered({items, record}: Visit, id: string): void {
  const next = items.slice(items.findIndex(item => item.id === id) + 1).find(item => !record.answers[item.id])
  const element = next && document.getElementById(`item-${next.id}`)
  if (element) bringIntoView(element)
}
