// The lower half of the review: who met the team, what they say, what the team concludes, and the signatures.

import {html, nothing, type TemplateResult} from 'lit-html'
import type {Inspection} from '../store/shapes'
import {badLine} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {options} from '../widgets/choice'
import type {SignatureField} from '../widgets/signature'
import {line, words} from '../widgets/text'
import {refusalFold} from './refusal'
import type {Visit} from './visit'

type Capacity = NonNullable<Inspection['representative']>['capacity']

/** What concluding and signing need of the review. */
export interface Signing {
  app: App
  visit: Visit
  change: (recipe: (record: Inspection) => void) => void
  representative: SignatureField
  inspector: SignatureField
  opinion: boolean                 // the owner has one, even while it is still blank
  asked: boolean
}

export function conclusions(review: Signing): TemplateResult {
  const {change, visit: {record}} = review
  const all = (['good', 'remedy', 'refer'] as const).map(value => ({value, label: say.recommendations[value]}))
  const met = record.mode === 'on_site'
  return html`<div class="form">${met ? html`${whoMet(review)}${opinion(review)}` : nothing}
    ${record.kind === 'follow_up' ? nothing : html`<div id="recommendation">${options('recommendation', say.recommendation, all,
      record.recommendation, value => change(it => { it.recommendation = value }))}
      ${record.recommendation ? html`<p class="hint">${say.recommendation_hint}</p>` : nothing}</div>`}
    ${words({id: 'team-note', label: say.team_note, value: record.note,
      change: value => change(it => { it.note = value })})}</div>`
}

function whoMet({visit: {record}, change, asked}: Signing): TemplateResult {
  const {representative, facts} = record
  const all = (['owner', 'responsible', 'authorised'] as const).map(value => ({value, label: say.capacity[value],
    small: value === 'owner' ? facts.representative : ''}))
  const choose = (capacity: Capacity) => change(it => {
    const typed = it.representative?.name ?? ''
    const own = it.facts.representative
    it.representative = {capacity, name: ''}
    rename(it, capacity === 'owner' ? typed || own : typed === own ? '' : typed)
  })
  return html`<div id="representative">${options('met', say.worked_with, all, representative?.capacity ?? null, choose)}
    ${representative ? line({id: 'representative-name', label: say.signer_name, value: representative.name, bad: asked
      && !representative.name.trim() ? say.needs_signer : null,
      change: name => change(it => rename(it, name))}) : nothing}</div>`
}

function rename(it: Inspection, name: string): void {
  if (it.representative) it.representative.name = name
  for (const signature of it.signatures) if (signature.who === 'representative') signature.name = name
}

function opinion(review: Signing): TemplateResult {
  const {change, visit: {record}} = review
  const choose = (has: 'yes' | 'no') => {
    review.opinion = has === 'yes'
    change(it => { if (has === 'no') it.opinion = '' })
  }
  return html`<div>${options('opinion', say.opinion,
    [{value: 'no', label: say.opinion_none}, {value: 'yes', label: say.opinion_some}], review.opinion ? 'yes' : 'no', choose,
      2)}
    ${review.opinion ? words({id: 'opinion-text', label: say.opinion_text, hideLabel: true, value: record.opinion,
      change: value => change(it => { it.opinion = value })}) : nothing}</div>`
}

export function signatures(review: Signing): TemplateResult {
  const {visit: {record, draft}, app, asked} = review
  const saved = (who: 'representative' | 'inspector') => record.signatures.find(signature => signature.who === who)?.file ?? null
  const name = record.representative?.name || record.facts.representative
  const bad = (who: 'representative' | 'inspector') => asked && !saved(who)
  const met = record.mode === 'on_site'
  return html`<div class="form">
    ${record.refusal || !met ? nothing : html`<section id="sign-representative"><h2 class="h2">${say.sign_representative}</h2>
      ${review.representative.template(saved('representative'), name, bad('representative'))}
      ${bad('representative') ? badLine('sign-representative-bad', say.missing_signature.representative!) : nothing}
        <p class="hint">${say.sign_hint}</p></section>`}
    ${met ? refusalFold(say.not_signing_record, draft, asked) : nothing}
    <section id="sign-inspector"><h2 class="h2">${say.sign_inspector}</h2>
      ${review.inspector.template(saved('inspector'), app.store.person.name, bad('inspector'))}
      ${bad('inspector') ? badLine('sign-inspector-bad', say.missing_signature.inspector!) : nothing}</section></div>`
}
