// What was counted at the visit and stands otherwise in the register: one tap puts it right there as well.

import {html, nothing} from 'lit-html'
import {differencesFromRegister} from '../rules/figures'
import {editEstablishment} from '../store/edits'
import {block, capital} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import type {Visit} from './visit'

export function registerBlock(app: App, {record, establishment}: Visit): unknown {
  const found = differencesFromRegister(record.figures, record.facts)
  const names = Object.keys(found) as (keyof typeof found)[]
  if (names.length === 0 || !establishment) return nothing
  const correct = async () => {
    if (await app.attempt(async () => { await editEstablishment(app.store, establishment.id, found); return true })) {
      app.tell({text: say.edited})
    }
  }
  return block(say.register_differs, nothing, html`<div class="card pad-in">${names.map(name => html`
    <p>${say.register_line(capital(say.fields[name]!), record.facts[name], found[name]!)}</p>`)}
    <button class="lnk" type="button" @click=${correct}>${say.register_correct}</button></div>`)
}
