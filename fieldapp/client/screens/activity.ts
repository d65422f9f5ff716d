// A communication session or a post, in counts: the day, where, how many came, and how many workers of which establishments.

import {html, nothing, type TemplateResult} from 'lit-html'
import {ACTIVITY, FORMS, isPost, recordActivity, type Jotting} from '../store/activity'
import {jot, jotted} from '../store/jottings'
import {establishments} from '../store/replica'
import type {Listed} from '../store/shapes'
import {smallIcon} from '../ui/icons'
import {badLine, bar, capital} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {words} from '../ui/strings.activity'
import {pick} from '../widgets/choice'
import {dayField} from '../widgets/day'
import {countField, forgetWrong, isWrong} from '../widgets/number'
import {words as freeWords} from '../widgets/text'
import {managedOn} from './entries'

const PARENT = '/app/places'
const LONGEST_TOPIC = 300

interface Form {app: App; value: Jotting; places: readonly Listed[]; asked: boolean}

/** /app/activity */
export const openActivity: Opener = async app => {
  forgetWrong()
  const blank: Jotting = {form: 'meeting', held_on: app.today, area: null, topic: '', headcount: null, reached: []}
  const places = (await establishments(app.store)).filter(one => managedOn(one, app.today))
  const form: Form = {app, places, asked: false, value: await jotted<Jotting>(app.store, ACTIVITY) ?? blank}
  return {
    get title() { return words().title },
    head: () => bar(PARENT, words().title, words().sub),
    body: () => template(form),
    act: () => html`<button class="btn" type="submit" form="activity">${words().save}</button>`,
    close: forgetWrong,
  }
}

function template(form: Form): TemplateResult {
  const {app, value, asked} = form
  const {unit, areas} = app.commune
  const change = (fields: Partial<Jotting>) => {
    Object.assign(value, fields)
    void jot(app.store, ACTIVITY, value)
    app.draw()
  }
  const word = words()
  return html`<form id="activity" class="form" novalidate @submit=${(event: Event) => void save(event, form)}>
    ${pick({id: 'form', label: word.form, chosen: value.form, all: FORMS.map(one => [one, word.forms[one]]),
      change: chosen => change({form: FORMS.find(one => one === chosen) ?? 'other'})})}
    ${dayField({id: 'held-on', label: word.day, small: '', value: value.held_on, min: '2000-01-01', change: held_on => change({held_on})})}
    ${asked && value.held_on > app.today ? badLine('held-on-bad', word.day_bad) : nothing}
    <div class="fld"><label for="area">${capital(unit.area_word)}</label>
      <select id="area" @change=${(event: Event) => change({area: (event.target as HTMLSelectElement).value || null})}>
        <option value="" ?selected=${value.area === null}>${word.whole(unit.kind)}</option>${[...areas.values()].map(area => html`<option
          value=${area.id} ?selected=${area.id === value.area}>${area.name}</option>`)}</select></div>
    ${isPost(value.form) ? nothing : countField({id: 'headcount', label: word.headcount, value: value.headcount,
      bad: asked && value.headcount === null ? word.headcount_needed : null, change: headcount => change({headcount})})}
    ${freeWords({id: 'topic', label: word.topic, value: value.topic, hint: word.topic_hint,
      bad: value.topic.trim().length > LONGEST_TOPIC ? word.topic_long : null, change: topic => change({topic})})}
    ${isPost(value.form) ? nothing : reached(form, change)}</form>`
}

function reached({places, value}: Form, change: (fields: Partial<Jotting>) => void): TemplateResult {
  const word = words()
  const near = value.area ? places.filter(one => one.area === value.area) : places
  const set = (at: number, fields: Partial<Jotting['reached'][number]>) => change({reached: value.reached.map((row, n) => (
    n === at ? {...row, ...fields} : row))})
  const offered = (chosen: string) => places.filter(one => near.includes(one) || one.id === chosen)
  return html`<fieldset><legend class="h2">${word.reached}</legend><p class="hint">${word.reached_hint}</p>
    ${value.reached.map(({place, workers}, n) => html`<div class="pair">
      ${pick({id: `place-${n}`, label: word.place, chosen: place, all: offered(place).map(one => [one.id, one.name]),
        change: chosen => set(n, {place: chosen})})}
      ${countField({id: `workers-${n}`, label: word.workers, value: workers, change: count => set(n, {workers: count})})}</div>`)}
    ${tooMany(value) ? badLine('reached-bad', word.reached_more) : nothing}
    <p><button class="lnk" type="button" id="add-place"
      @click=${() => change({reached: [...value.reached, {place: '', workers: null}]})}>${smallIcon('plus')}${word.add}</button></p></fieldset>`
}

function tooMany({headcount, reached: rows}: Jotting): boolean {
  return headcount !== null && rows.reduce((sum, {workers}) => sum + (workers ?? 0), 0) > headcount
}

async function save(event: Event, form: Form): Promise<void> {
  event.preventDefault()
  const {app, value} = form
  form.asked = true
  app.draw()
  const wrong = firstWrong(form)
  if (wrong) return document.getElementById(wrong)?.focus()
  if (await app.attempt(() => recordActivity(app.store, value)) === undefined) return
  app.back(PARENT)
  app.tell({text: words().saved})
}

function firstWrong({app, value}: Form): string | undefined {
  if (value.held_on > app.today) return 'held-on'
  if (value.topic.trim().length > LONGEST_TOPIC) return 'topic'
  if (isPost(value.form)) return undefined
  if (value.headcount === null || isWrong('headcount')) return 'headcount'
  const bad = value.reached.findIndex((_, n) => isWrong(`workers-${n}`))
  return bad >= 0 ? `workers-${bad}` : tooMany(value) ? 'headcount' : undefined
}
