// The contact facts of an establishment: what a phone may edit, field by field. The rest is the office's; but one that
// was found in the field is described here in whole, until the office has decided about it.

import {html, nothing, type TemplateResult} from 'lit-html'
import {addEstablishment, editEstablishment, outbox, type NewEstablishment, type PhoneFields} from '../store/outbox'
import {establishment} from '../store/replica'
import type {Establishment} from '../store/shapes'
import {bar, typeName} from '../ui/parts'
import type {App, Opener, Screen} from '../ui/screen'
import {say} from '../ui/strings'
import {pick} from '../widgets/choice'
import {countField, forgetWrong, isWrong} from '../widgets/number'
import {line, words} from '../widgets/text'
import {currentPosition} from './near'

type Count = 'rooms' | 'employees' | 'employees_with_contract'
type Words = 'representative' | 'representative_role' | 'phone' | 'note'
type Identity = Pick<Establishment, 'name' | 'type' | 'address' | 'area'>

interface Form {
  app: App
  fields: PhoneFields
  identity: Identity | null        // null: the office's to edit
  asked: boolean
}

const BLANK: PhoneFields = {
  representative: '', representative_role: '', phone: '', rooms: null, employees: null, employees_with_contract: null,
  latitude: null, longitude: null, note: '',
}

/** /app/e/:id/edit */
export const openEdit: Opener = async (app, {id}) => {
  const one = await establishment(app.store, id!)
  const {name, type, address, area} = one
  const found = one.review_state === 'identified'
    && (await outbox(app.store)).some(entry => entry.record === id && entry.edited.includes('name'))
  const parent = `/app/e/${id}`
  const form: Form = {app, fields: fieldsOf(one), identity: found ? {name, type, address, area} : null, asked: false}
  return screen(form, say.edit_title, name, parent, async () => {
    const done = await app.attempt(async () => ({op: await editEstablishment(app.store, one.id, values(form))}))
    if (!done) return
    app.back(parent)
    app.tell({text: done.op ? say.edited : say.unchanged})
  })
}

/** /app/new — an establishment found in the field. */
export const openNew: Opener = async app => {
  const form: Form = {app, fields: {...BLANK}, identity: {name: '', type: '', address: '', area: null}, asked: false}
  return screen(form, say.new_title, say.new_hint, '/app/places', async () => {
    const id = await app.attempt(() => addEstablishment(app.store, values(form) as NewEstablishment))
    if (!id) return
    app.go(`/app/e/${id}`, {replace: true})
    app.tell({text: say.edited})
  })
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
    act: () => html`<button class="btn" type="submit" form="edit">${say.save}</button>`,
    close: forgetWrong,
  }
}

function template(form: Form, save: (event: Event) => void): TemplateResult {
  const {fields, app} = form
  const text = (name: Words, label: string, more: {inputmode?: string} = {}) => line({
    id: name, label, value: fields[name], change: value => { fields[name] = value }, ...more})
  const count = (name: Count, label: string) => countField({
    id: name, label, value: fields[name], bad: tooMany(name, fields),
    change: value => {
      fields[name] = value
      app.draw()
    }})
  return html`<form id="edit" class="form" novalidate @submit=${save}>
    ${form.identity ? identityFields(form, form.identity) : nothing}
    ${text('representative', say.representative)}${text('representative_role', say.representative_role)}
    ${text('phone', say.phone, {inputmode: 'tel'})}
    <div class="pair">${count('rooms', say.room_count)}${count('employees', say.employees)}
      ${count('employees_with_contract', say.employees_with_contract)}</div>
    ${position(app, fields)}
    ${words({id: 'note', label: say.place_note, value: fields.note, change: value => {
      fields.note = value
      app.draw()
    }})}
    ${form.identity ? nothing : html`<p class="hint">${say.edit_hint}</p>`}</form>`
}

function identityFields({app, asked}: Form, identity: Identity): TemplateResult {
  const {areas, checklist, unit} = app.commune
  const missing = (value: string) => asked && !value.trim() ? say.needed : null
  return html`
    ${line({id: 'name', label: say.place_name, value: identity.name, bad: missing(identity.name),
      change: value => { identity.name = value }})}
    ${pick({id: 'type', label: say.facts.type, chosen: identity.type, bad: missing(identity.type),
      all: (checklist?.types ?? []).map(({code}) => [code, typeName(app.commune, code)]),
      change: value => { identity.type = value }})}
    ${line({id: 'address', label: say.facts.address, value: identity.address, change: value => { identity.address = value }})}
    ${pick({id: 'area', label: unit.area_word.charAt(0).toUpperCase() + unit.area_word.slice(1), chosen: identity.area ?? '',
      all: [...areas.values()].map(area => [area.id, area.name]), change: value => { identity.area = value || null }})}`
}

function position(app: App, fields: PhoneFields): TemplateResult {
  const take = async () => {
    const here = await currentPosition()
    if (!here) return app.tell({text: say.position_failed})
    // Five decimals are about a metre: enough to find a door.
    fields.latitude = Math.round(here.latitude * 1e5) / 1e5
    fields.longitude = Math.round(here.longitude * 1e5) / 1e5
    app.draw()
  }
  const {latitude, longitude} = fields
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

function firstWrong({fields, identity}: Form): string | undefined {
  if (identity && !identity.name.trim()) return 'name'
  if (identity && !identity.type) return 'type'
  const counts: Count[] = ['rooms', 'employees', 'employees_with_contract']
  return counts.find(name => isWrong(name) || tooMany(name, fields))
}

function fieldsOf(one: Establishment): PhoneFields {
  const {representative, representative_role, phone, rooms, employees, employees_with_contract, latitude, longitude, note} = one
  return {representative, representative_role, phone, rooms, employees, employees_with_contract, latitude, longitude, note}
}

function values({fields, identity}: Form): PhoneFields & Partial<Identity> {
  const trim = <T extends object>(all: T) => Object.fromEntries(Object.entries(all).map(([name, value]) => [name,
    typeof value === 'string' ? value.trim() : value])) as T
  return {...trim(fields), ...identity && trim(identity)}
}
