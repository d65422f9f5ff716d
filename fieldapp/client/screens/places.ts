// Cơ sở: the directory of everything the phone knows, under management or not, by area or by type.

import {html, nothing, type TemplateResult} from 'lit-html'
import {remembered} from '../store/memory'
import {placeHead, typeName} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say} from '../ui/strings'
import {ledger, rememberHeights} from '../widgets/ledger'
import {concernsEntries, loadEntries, type Entries} from './entries'
import {groupsByArea, groupsByType} from './groups'
import {establishmentRow} from './rows'
import {chip, nothingFound, nothingYet, searchField} from './searching'

const left: {typed: string; type: string | null; arrange: 'area' | 'type'} = {typed: '', type: null, arrange: 'area'}

export const openPlaces: Opener = async app => {
  const load = async () => app.communeKnown ? await remembered(app.store, `places ${app.today}`, concernsEntries, () => loadEntries(app)) : null
  let entries = await load()
  const search = (typed: string) => {
    left.typed = typed
    scrollTo(0, 0)
    app.draw()
  }
  return {
    get title() { return say.place.places },
    place: 'places',
    stays: true,
    head: () => html`${placeHead(say.place.places, entries ? links() : nothing)}${searchField(left.typed, search)}
      ${entries?.all.length ? chips(app, entries) : nothing}`,
    body: () => entries?.all.length ? list(app, entries) : nothingYet(app),
    close: rememberHeights,
    async changed(change) {
      if (concernsEntries(change)) entries = await load()
    },
  }
}

function links(): TemplateResult {
  return html`<span class="acts"><a class="lnk" href="/app/new">${say.new_place}</a><a class="lnk" href="/app/activity">${say.new_activity}</a></span>`
}

function chips(app: App, entries: Entries): TemplateResult {
  const set = (change: Partial<typeof left>) => {
    Object.assign(left, change)
    scrollTo(0, 0)
    app.draw()
  }
  const perType = new Map<string, number>()
  for (const {establishment} of entries.all) perType.set(establishment.type, (perType.get(establishment.type) ?? 0) + 1)
  const types = [...perType].sort((a, b) => b[1] - a[1])
  const {unit} = app.commune
  return html`<div class="chips" role="group" aria-label=${say.arrange}>
      ${chip(left.arrange === 'area', () => set({arrange: 'area'}), say.by_area(unit.area_word))}
      ${chip(left.arrange === 'type', () => set({arrange: 'type'}), say.by_type)}
    </div><div class="chips chips--below" role="group" aria-label=${say.filter}>
      ${chip(left.type === null, () => set({type: null}), html`${say.all} <b>${say.number(entries.all.length)}</b>`)}
      ${types.map(([type, count]) => chip(left.type === type, () => set({type}),
        html`${typeName(app.commune, type)} <b>${say.number(count)}</b>`))}
    </div>`
}

function list(app: App, entries: Entries): TemplateResult {
  const shown = entries.find(left.typed).filter(({establishment}) => left.type === null || establishment.type === left.type)
  if (shown.length === 0) {
    return nothingFound(() => {
      Object.assign(left, {typed: '', type: null})
      app.draw()
    })
  }
  const groups = left.arrange === 'area' ? groupsByArea(app, shown, entries.all) : groupsByType(app, shown, entries.all)
  return ledger(`${left.typed}|${left.type}|${left.arrange}`, groups,
    entry => establishmentRow(app, entry, {inArea: left.arrange === 'area'}))
}
