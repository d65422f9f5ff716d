// Who of the team is present: ticked off the team's decision; whoever else is there is written down by name and position.

import {html, nothing, type TemplateResult} from 'lit-html'
import type {Inspection, Team} from '../store/shapes'
import {icon, smallIcon} from '../ui/icons'
import {say} from '../ui/strings'
import {tick} from '../widgets/choice'
import {line} from '../widgets/text'

type Members = Inspection['members']

/** team: of the day of the visit; null before the office has entered its decision. */
export function members(all: Members, last: Members, team: Team | null, change: (all: Members) => void): TemplateResult {
  const ofTeam = new Set(team?.members.map(member => member.name))
  const set = (at: number, fields: Partial<Members[number]>) => change(all.map((member, n) => n === at
    ? {...member, ...fields} : member))
  const offer = last.length > 1 && all.length <= 1
  return html`<fieldset><legend class="h2">${say.members_label}</legend>
    ${team ? html`<div class="opts">${team.members.map(({name, position, agency}) => tick(name, all.some(one => one.name === name),
      present => change(present ? [...all.filter(one => one.name), {name, position}] : all.filter(one => one.name !== name)),
      [position, agency].filter(Boolean).join(', ')))}</div>` : nothing}
    <div class="people">${all.map(({name, position}, n) => ofTeam.has(name) ? nothing : html`<div class="person">
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
