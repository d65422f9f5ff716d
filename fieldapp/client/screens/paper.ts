// The commitment as the owner reads it, before signing and afterwards.

import {html, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import type {Commitment} from '../store/shapes'
import {capital} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'

export function paper(app: App, record: Commitment, big = false): TemplateResult {
  const {commitment, committee, area_word} = app.commune.unit
  const {facts} = record
  const until = record.valid_until || `${app.today.slice(0, 4)}-${commitment.valid_until}`
  const rows: [string, string][] = [
    [say.place.places, facts.name], [say.facts.address, facts.address],
      [capital(area_word), facts.address.includes(facts.area) ? '' : facts.area],
    [say.facts.owner, facts.representative],
  ]
  return html`<article class="paper ${big ? 'paper--big' : ''}" lang="vi">
    <p class="nation">${say.nation}<br><b>${say.motto}</b></p>
    <h2>${say.commitment_name}</h2><p class="paper__on">${commitment.about}</p>
    <p class="paper__to">${say.to(committee)}</p>
    <dl class="facts">${rows.map(([name, value]) => value ? html`<dt>${name}</dt><dd>${value}</dd>` : '')}</dl>
    <h3>${say.i_commit}</h3>
    <ol class="clauses">${commitment.clauses.filter(({number}) => record.clauses.includes(number)).map(({text}) => html`<li>${text}</li>`)}</ol>
    <p class="paper__to">${say.valid_text(dayText(until))}</p></article>`
}
