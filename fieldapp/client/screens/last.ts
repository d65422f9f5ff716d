// What earlier visits left open, first thing in a visit: each with its deadline, and a way to the item it is about.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import type {OpenFinding} from '../store/shapes'
import {icon} from '../ui/icons'
import {goTo} from '../ui/scroll'
import type {App} from '../ui/screen'
import {dueWord, say} from '../ui/strings'
import type {Visit} from './visit'

export function lastFindings(app: App, {findings, items}: Visit): unknown {
  if (findings.length === 0) return nothing
  return html`<ul class="lasts" aria-label=${say.open_findings}>${findings.map(finding => html`<li class="cell">
    ${findingText(app, finding, items.some(item => item.id === finding.item) ? html`
      <button class="lnk" type="button" @click=${() => show(finding.item)}>${say.see_item(finding.item)}</button>` : nothing)}
    </li>`)}</ul>`
}

/** The shape, the words and the deadline of an open finding; below them, what is to be done with it. */
export function findingText(app: App, {due_on, urgent, note, text, item, follow_up}: OpenFinding, below: unknown): TemplateResult {
  const tone = due_on < app.today ? 'late' : 'due'
  return html`${icon(tone, tone)}<div>
    <h3>${urgent ? html`<span class="tag">${say.urgent}</span> ` : nothing}${note || text}</h3>
    <p><b class=${tone}>${dueWord(due_on, app.today)}</b>, ${say.due_day(dayText(due_on))}</p>
    <p><span class="code">${item}</span> ${say.follow_up[follow_up] ?? ''}</p>${below}</div>`
}

function show(item: string): void {
  goTo(document.getElementById(`item-${item}`))
}
