// The checklist: section by section, one tap an answer. Where the person was is in the draft, so it opens there again.

import {html, nothing, type TemplateResult} from 'lit-html'
import {counts, progressBySection, type SectionProgress} from '../rules/checklist'
import type {ChecklistItem} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {bar} from '../ui/parts'
import {bringIntoView, centre} from '../ui/scroll'
import type {App, Opener} from '../ui/screen'
import {say} from '../ui/strings'
import {forgetWrong} from '../widgets/number'
import {figureRows, FIGURES} from './figures'
import {openItems, type Items} from './item'
import {openVisit, type Visit} from './visit'

interface Inspecting { app: App; visit: Visit; items: Items; section: string }

export const openInspection: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  const {draft} = visit
  const unsubscribe = draft.subscribe(app.draw)
  const wanted = draft.value.place
  const state: Inspecting = {app, visit, section: '', items: openItems(app, visit, wanted.scroll < 0, item => answered(state, item))}
  state.section = sections(state).some(({code}) => code === wanted.section) ? wanted.section : sections(state)[0]!.code
  forgetWrong()
  const keepPlace = () => {
    const {section} = state
    const scroll = Math.round(scrollY)
    if (draft.value.place.section !== section || draft.value.place.scroll !== scroll) draft.change(value => { Object.assign(value.place, {section, scroll}) })
  }
  const hidden = () => { if (document.visibilityState === 'hidden') keepPlace() }
  document.addEventListener('visibilitychange', hidden)
  return {
    get title() { return visit.record.facts.name },
    get saving() { return draft.saving },
    get scroll() { return Math.max(0, wanted.scroll) },
    head: () => head(state),
    body: () => body(state),
    act: () => action(state),
    entered() {
      centreTab()
      if (wanted.scroll < 0) goTo(state, wanted.item)
    },
    close() {
      document.removeEventListener('visibilitychange', hidden)
      unsubscribe()
      keepPlace()
      state.items.close()
    },
  }
}

/** The sections with an item, then the figures. */
function sections({visit}: Inspecting): SectionProgress[] {
  const taken = visit.figures.filter(figure => visit.record.figures[figure.id] !== undefined && visit.record.figures[figure.id] !== '')
  const figures = {code: FIGURES, text: say.figures, answered: taken.length, total: visit.figures.length}
  const all = progressBySection(visit.checklist, visit.items, visit.record.answers)
  return visit.figures.length ? [...all, figures] : all
}

function head(state: Inspecting): TemplateResult {
  const {visit, section} = state
  const all = sections(state)
  const {answered, total} = counts(visit.items, visit.record.answers)
  const current = all.find(({code}) => code === section)!
  const title = section === FIGURES ? current.text : `${current.code}. ${current.text}`
  return html`${bar(`/app/e/${visit.record.establishment}`, visit.record.facts.name, nothing, 'bar--s', html`<p class="bar__num">${say.items_of(answered, total)}</p>`)}
    <nav class="tabs" aria-label=${say.sections}>${all.map(one => tab(state, one))}</nav>
    <div class="sec"><h2>${title}</h2></div>
    <progress class="hair" value=${current.answered} max=${Math.max(1, current.total)} aria-label=${say.section_progress(title, current.answered, current.total)}></progress>`
}

function tab(state: Inspecting, {code, text, answered, total}: SectionProgress): TemplateResult {
  const full = answered === total
  return html`<button class="tab ${full ? 'tab--full' : ''}" type="button" aria-current=${code === state.section ? 'step' : nothing} @click=${() => show(state, code)}>
    <b>${code === FIGURES ? '123' : code}<span class="vh">. ${text}</span></b>${full ? html`${smallIcon('yes')}<span class="vh">${say.complete}</span>` : `${answered}/${total}`}</button>`
}

function show(state: Inspecting, section: string): void {
  state.section = section
  const {draft} = state.visit
  draft.change(value => { Object.assign(value.place, {section, scroll: 0}) })
  scrollTo(0, 0)
  centreTab()
}

function centreTab(): void {
  document.querySelector('.tab[aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'})
}

function body(state: Inspecting): TemplateResult {
  const {visit, section, items} = state
  if (section === FIGURES) return html`${figureRows(visit)}${onward(state)}`
  const here = visit.items.filter(item => item.section === section)
  const next = nextUnanswered(visit)
  return html`<form @submit=${(event: Event) => event.preventDefault()}>${here.map(item => items.template(item, item.id === next?.id))}</form>
    ${extended(state)}${onward(state)}${items.viewer()}`
}

function extended({visit, section}: Inspecting): unknown {
  const more = visit.extended.filter(item => item.section === section)
  if (more.length === 0) return nothing
  const add = (item: string) => visit.draft.change(value => { value.extra_items = [...new Set([...value.extra_items, item])] })
  return html`<div class="blk"><details class="card fold"><summary>${say.extended(more.length)}${icon('fwd')}</summary><div class="fold__in"><p class="fld__sub">${say.extended_hint}</p>
    ${more.map(item => html`<button class="btn2 btn2--w btn2--text" type="button" aria-label=${say.extended_add(item.id)} @click=${() => add(item.id)}>${smallIcon('plus')}<span><span class="code">${item.id}</span> ${item.text}</span></button>`)}</div></details></div>`
}

/** At the end of a section: the next one, and the ways out of the checklist. */
function onward(state: Inspecting): TemplateResult {
  const all = sections(state)
  const next = all[all.findIndex(({code}) => code === state.section) + 1]
  const {path} = state.visit
  return html`<div class="onward">
    ${next ? html`<button class="btn2 btn2--w" type="button" @click=${() => show(state, next.code)}>${say.next_section(next.code === FIGURES ? next.text : `${next.code}. ${next.text}`)}</button>` : nothing}
    <div class="acts"><a class="lnk" href="${path}/review">${say.to_review}</a><a class="lnk" href="${path}/commitment">${say.commitment_at_visit}</a>
      <a class="lnk" href="${path}/start">${say.to_notice}</a></div></div>`
}

function action(state: Inspecting): TemplateResult {
  const {visit} = state
  const next = nextUnanswered(visit)
  return next ? html`<button class="btn" type="button" @click=${() => goTo(state, next.id)}>${say.next_unanswered}${icon('down')}</button>`
    : html`<a class="btn" href="${visit.path}/review">${say.to_review}</a>`
}

/** The first item without an answer, seen from the one last touched: onward first, then from the top. */
function nextUnanswered({items, record, draft}: Visit): ChecklistItem | undefined {
  const from = items.findIndex(item => item.id === draft.value.place.item) + 1
  return [...items.slice(from), ...items.slice(0, from)].find(item => !record.answers[item.id])
}

function goTo(state: Inspecting, id: string): void {
  const section = state.visit.items.find(item => item.id === id)?.section ?? (state.visit.figures.some(figure => figure.id === id) ? FIGURES : '')
  if (section && section !== state.section) show(state, section)
  const element = document.getElementById(`item-${id}`)
  if (!element) return
  centre(element)
  element.querySelector<HTMLElement>('input')?.focus({preventScroll: true})
}

/** After an answer that needs no words, what comes next in the section moves into view, and only as far as it must. */
function answered({visit, section}: Inspecting, id: string): void {
  const here = visit.items.filter(item => item.section === section)
  const next = here.slice(here.findIndex(item => item.id === id) + 1).find(item => !visit.record.answers[item.id])
  const element = next && document.getElementById(`item-${next.id}`)
  if (element) bringIntoView(element)
}
