// Who of the team is present. Names and positions of the team only.

import {html, nothing, type TemplateResult} from 'lit-html'
import type {Inspection} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {say} from '../ui/strings'
import {line} from '../widgets/text'

type Members = Inspection['members']

export function members(all: Members, last: Members, change: (all: Members) => void): TemplateResult {
  const set = (at: number, fields: Partial<Members[number]>) => change(all.map((member, n) => n === at
    ? {...member, ...fields} : member))
  const offer = last.length > 1 && all.length <= 1
  return html`<fieldset><legend class="h2">${say.members_label}</legend>
    <div class="people">${all.map(({name, position}, n) => html`<div class="person">
      <div class="pair">${line({id: `member-${n}`, label: say.member_name, value: name,
        change: value => set(n, {name: value})})}
        ${line({id: `member-${n}-position`, label: say.member_position, value: position,
          change: value => set(n, {position: value})})}</div>
      ${all.length > 1 ? html`<button class="ib" type="button" aria-label=${say.member_remove(name)}
        @click=${() => change(all.filter((_, at) => at !== n))}>${icon('no')}</button>` : nothing}
    </div>`)}</div>
    <p class="acts"><button class="lnk" type="button"
      @click=${() => change([...all, {name: '', position: ''}])}>${smallIcon('plus')}${say.member_add}</button>
      ${offer ? html`<button class="lnk" type="button" @click=${() => change(last)}>${say.members_last}</button>`
        : nothing}</p></fieldset>`
}
