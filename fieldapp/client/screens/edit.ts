// The contact facts of an establishment: what a phone may edit, field by field. The rest is the office's.

import {html, type TemplateResult} from 'lit-html'
import {editEstablishment, type PhoneFields} from '../store/outbox'
import {establishment} from '../store/replica'
import {bar} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say} from '../ui/strings'
import {countField, forgetWrong, isWrong} from '../widgets/number'
import {line, words} from '../widgets/text'
import {currentPosition} from './near'

type Count = 'rooms' | 'employees' | 'employees_with_contract'
type Words = 'representative' | 'representative_role' | 'phone' | 'note'

export const openEdit: Opener = async (app, {id}) => {
  const one = await establishment(app.store, id!)
  const parent = `/app/e/${id}`
  const fields: PhoneFields = {
    representative: one.representative, representative_role: one.representative_role, phone: one.phone, rooms: one.rooms,
    employees: one.employees, employees_with_contract: one.employees_with_contract,
    latitude: one.latitude, longitude: one.longitude, note: one.note,
  }
  forgetWrong()
  const save = async (event: Event) => {
    event.preventDefault()
    const wrong = firstWrong(fields)
    if (wrong) return document.getElementById(wrong)?.focus()
    const done = await app.attempt(async () => ({op: await editEstablishment(app.store, one.id, trimmed(fields))}))
    if (!done) return
    app.back(parent)
    app.tell({text: done.op ? say.edited : say.unchanged})
  }
  return {
    get title() { return say.edit_title },
    head: () => bar(parent, say.edit_title, one.name),
    body: () => form(app, fields, save),
    act: () => html`<button class="btn" type="submit" form="edit">${say.save}</button>`,
    close: forgetWrong,
  }
}

function form(app: App, fields: PhoneFields, save: (event: Event) => void): TemplateResult {
  const text = (name: Words, label: string, more: {inputmode?: string} = {}) => line({
    id: name, label, value: fields[name], change: value => { fields[name] = value }, ...more})
  const count = (name: Count, label: string) => countField({
    id: name, label, value: fields[name], bad: tooMany(name, fields),
    change: value => {
      fields[name] = value
      app.draw()
    }})
  return html`<form id="edit" class="form" novalidate @submit=${save}>
    ${text('representative', say.representative)}${text('representative_role', say.representative_role)}
    ${text('phone', say.phone, {inputmode: 'tel'})}
    <div class="pair">${count('rooms', say.room_count)}${count('employees', say.employees)}${count('employees_with_contract', say.employees_with_contract)}</div>
    ${position(app, fields)}
    ${words({id: 'note', label: say.place_note, value: fields.note, change: value => {
      fields.note = value
      app.draw()
    }})}
    <p class="hint">${say.edit_hint}</p></form>`
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
  const over = name === 'employees_with_contract' && employees !== null && employees_with_contract !== null && employees_with_contract > employees
  return over ? say.more_than(employees) : null
}

function firstWrong(fields: PhoneFields): string | undefined {
  const counts: Count[] = ['rooms', 'employees', 'employees_with_contract']
  return counts.find(name => isWrong(name) || tooMany(name, fields))
}

function trimmed(fields: PhoneFields): PhoneFields {
  const {representative, representative_role, phone, note} = fields
  return {...fields, representative: representative.trim(), representative_role: representative_role.trim(), phone: phone.trim(), note: note.trim()}
}
