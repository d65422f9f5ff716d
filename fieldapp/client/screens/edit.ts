// The contact facts of an establishment: what a phone may edit, field by field. The rest is the office's; but one that
// was found in the field is described here in whole, until the office has decided about it.

import {html, nothing, type TemplateResult} from 'lit-html'
import {jot, jotted} from '../store/jottings'
import {addEstablishment, editEstablishment, IDENTITY_FIELDS, type NewEstablishment, type PhoneFields} from '../store/edits'
import {outbox} from '../store/outbox'
import {establishment} from '../store/replica'
import type {Establishment} from '../store/shapes'
import {bar, capital, typeName} from '../ui/parts'
import type {App, Opener, Screen} from '../ui/screen'
import {say} from '../ui/strings'
import {pick} from '../widgets/choice'
import {countField, forgetWrong, isWrong} from '../widgets/number'
import {line, words} from '../widgets/text'
import {currentPosition} from './near'

type Count = 'rooms' | 'employees' | 'employees_with_contract'
type Words = 'representative' | 'representative_role' | 'phone' | 'note'
type Identity = Pick<Establishment, 'name' | 'type' | 'address' | 'area'>

type Values = PhoneFields & Identity

/** name: under which it is kept while it is typed. shown: as it stands without this. typed: what differs from that. */
interface Form {
  app: App
  name: string
  shown: Values
  typed: Partial<Values>
  whole: boolean                   // else name, type and address are the office's to edit
  asked: boolean
}

const BLANK: Values = {
  name: '', type: '', address: '', area: null,
  representative: '', representative_role: '', phone: '', rooms: null, employees: null, employees_with_contract: null,
  latitude: null, longitude: null, note: '',
}

/** /app/e/:id/edit */
export const openEdit: Opener = async (app, {id}) => {
  const one = await establishment(app.store, id!)
  const found = one.review_state === 'identified'
    && (await outbox(app.store)).some(entry => entry.record === id && entry.edited.includes('name'))
  const parent = `/app/e/${id}`
  const form = await formOf(app, `edit ${one.id}`, valuesOf(one), found)
  return screen(form, say.edit_title, one.name, parent, async () => {
    const done = await app.attempt(async () => ({op: await editEstablishment(app.store, one.id, values(form), form.name)}))
    if (!done) return
    app.back(parent)
    app.tell({text: done.op ? say.edited : say.unchanged})
  })
}

/** /app/new — an establishment found in the field. */
export const openNew: Opener = async app => {
  const form = await formOf(app, 'new', BLANK, true)
  return screen(form, say.new_title, say.new_hint, '/app/places', async () => {
    const id = await app.attempt(() => addEstablishment(app.store, values(form) as NewEstablishment, form.name))
    if (!id) return
    app.go(`/app/e/${id}`, {replace: true})
    app.tell({text: say.edited})
  })
}

async function formOf(app: App, name: string, shown: Values, whole: boolean): Promise<Form> {
  return {app, name, shown, whole, typed: await jotted<Partial<Values>>(app.store, name) ?? {}, asked: false}
}

/** As the form stands: only what was typed here hides what came meanwhile. */
function current({shown, typed}: Form): Values { return {...shown, ...typed} }

function write(form: Form, change: Partial<Values>): void {
  const all = Object.entries({...form.typed, ...change})
  form.typed = Object.fromEntries(all.filter(([name, value]) => value !== form.shown[name as keyof Values]))
  void jot(form.app.store, form.name, Object.keys(form.typed).length > 0 ? form.typed : null)
}

/** Says that something was typed here earlier, which the office does not know. */
function tellKept(form: Form): void {
  if (Object.keys(form.typed).length === 0) return
  form.app.tell({text: say.typed_kept, label: say.typed_drop, press: () => {
    forgetWrong()
    write(form, form.shown)
    form.app.draw()
  }})
}

function screen(form: Form, title: string, sub: string, parent: string, keep: () => Promise<void>): Screen {
  forgetWrong()
  const save = async (event: Event) => {
    event.preventDefault()
    form.asked = true
    form.app.draw()
    const wrong = firstWrong(form)
    if (wrong) document.getElementById(wrong)?.focus()
    else await keep()
  }
  return {
    title,
    head: () => bar(parent, title, sub),
    body: () => template(form, save),
    act: () => html`<button class="btn" type="submit" form="edit">${form.name === 'new' ? say.save_new : say.save}</button>`,
    entered: () => tellKept(form),
    close: forgetWrong,
  }
}

function template(form: Form, save: (event: Event) => void): TemplateResult {
  const {app} = form
  const fields = current(form)
  const text = (name: Words, label: string, more: {inputmode?: string} = {}) => line({
    id: name, label, value: fields[name], change: value => write(form, {[name]: value}), ...more})
  const count = (name: Count, label: string) => countField({
    id: name, label, value: fields[name], bad: tooMany(name, fields),
    change: value => {
      write(form, {[name]: value})
      app.draw()
    }})
  return html`<form id="edit" class="form" novalidate @submit=${save}>
    ${form.whole ? identityFields(form, fields) : nothing}
    ${text('representative', say.representative)}${text('representative_role', say.representative_role)}
    ${text('phone', say.phone, {inputmode: 'tel'})}
    <div class="pair">${count('rooms', say.room_count)}${count('employees', say.employees)}
      ${count('employees_with_contract', say.employees_with_contract)}</div>
    ${position(form, fields)}
    ${words({id: 'note', label: say.place_note, value: fields.note, change: value => {
      write(form, {note: value})
      app.draw()
    }})}
    ${form.whole ? nothing : html`<p class="hint">${say.edit_hint}</p>`}</form>`
}

function identityFields(form: Form, identity: Identity): TemplateResult {
  const {app, asked} = form
  const {areas, checklist, unit} = app.commune
  const missing = (value: string) => asked && !value.trim() ? say.needed : null
  return html`
    ${line({id: 'name', label: say.place_name, value: identity.name, bad: missing(identity.name),
      change: name => write(form, {name})})}
    ${pick({id: 'type', label: say.facts.type, chosen: identity.type, bad: missing(identity.type),
      all: (checklist?.types ?? []).map(({code}) => [code, typeName(app.commune, code)]),
      change: code => write(form, {type: code})})}
    ${line({id: 'address', label: say.facts.address, value: identity.address, change: address => write(form, {address})})}
    ${pick({id: 'area', label: capital(unit.area_word), chosen: identity.area ?? '',
      all: [...areas.values()].map(area => [area.id, area.name]), change: area => write(form, {area: area || null})})}`
}

function position(form: Form, {latitude, longitude}: PhoneFields): TemplateResult {
  const {app} = form
  const take = async () => {
    const here = await currentPosition()
    if (!here) return app.tell({text: say.position_failed})
    // Five decimals are about a metre: enough to find a door.
    write(form, {latitude: Math.round(here.latitude * 1e5) / 1e5, longitude: Math.round(here.longitude * 1e5) / 1e5})
    app.draw()
  }
  const decimal = (value: number) => value.toLocaleString(say.code === 'vi' ? 'vi-VN' : 'en-GB', {minimumFractionDigits: 5})
  return html`<div class="fld fld--row"><p class="lbl">${say.position}<small>${latitude !== null && longitude !== null
    ? say.position_taken(decimal(latitude), decimal(longitude)) : say.position_none}</small></p>
    <button class="btn2" type="button" @click=${take}>${say.position_take}</button></div>`
}

function tooMany(name: Count, {employees, employees_with_contract}: PhoneFields): string | null {
  const over = name === 'employees_with_contract' && employees !== null && employees_with_contract !== null
    && employees_with_contract > employees
  return over ? say.more_than(employees) : null
}

function firstWrong(form: Form): string | undefined {
  const fields = current(form)
  if (form.whole && !fields.name.trim()) return 'name'
  if (form.whole && !fields.type) return 'type'
  const counts: Count[] = ['rooms', 'employees', 'employees_with_contract']
  return counts.find(name => isWrong(name) || tooMany(name, fields))
}

function valuesOf(one: Establishment): Values {
  return Object.fromEntries(Object.keys(BLANK).map(name => [name, one[name as keyof Values]])) as unknown as Values
}

function values(form: Form): Partial<Values> {
  const mine = Object.entries(current(form)).filter(([name]) => form.whole || !IDENTITY_FIELDS.some(one => one === name))
  return Object.fromEntries(mine.map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]))
}
