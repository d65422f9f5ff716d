// What stands around every screen: the line that says whether the work is safe, the dock, the three places, a word.

import {html, noChange, nothing, type TemplateResult} from 'lit-html'
import {keyed} from 'lit-html/directives/keyed.js'
import {repeat} from 'lit-html/directives/repeat.js'
import type {ExchangeState} from '../store/exchange_state'
import type {OutboxCounts} from '../store/outbox'
import {icon, smallIcon, type IconName} from './icons'
import type {PlaceName, Screen, Toast} from './screen'
import {say} from './strings'

export interface Safety { counts: OutboxCounts; exchange: ExchangeState }

const PLACES: readonly (readonly [PlaceName, string, IconName])[] = [
  ['work', '/app', 'list'], ['places', '/app/places', 'shop'], ['sync', '/app/sync', 'wait'],
]

/** The whole page. safety: null while nobody is signed in. built: the screens that stand, the newest first, this one among
 *  them; the others are out of sight as they were left, but for the one that is drawn anew. */
export function frame(screen: Screen, safety: Safety | null, toast: Toast | null, dismiss: () => void,
  built: readonly Screen[] = [screen], anew: Screen | null = null): TemplateResult {
  const layers = (part: (one: Screen) => TemplateResult) => repeat(built, one => one, one => html`<div
    class=${one === screen ? 'layer' : 'layer layer--behind'}>${one === screen || one === anew ? part(one) : noChange}</div>`)
  return html`<a class="skip" href="#main" @click=${toMain}>${say.skip}</a>
    <div class="app">
      <header class="top">${safety ? savedLine(screen, safety) : nothing}${layers(one => one.head())}</header>
      <main id="main" tabindex="-1">${layers(one => one.body())}</main>
      <footer class="dock">
        <div class="toast" role="status">${toast ? toastBox(toast, dismiss) : nothing}</div>
        ${keyed(screen, actionOf(screen))}
        ${screen.place && safety ? places(screen.place, safety.counts.waiting) : nothing}
      </footer>
    </div>`
}

function actionOf(screen: Screen): unknown {
  const action = screen.act?.()
  return action ? html`<div class="act">${action}</div>` : nothing
}

function toMain(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function savedLine(screen: Screen, safety: Safety): TemplateResult {
  const failed = screen.saving?.state === 'failed' ? screen.saving.code : null
  const [shape, tone, text] = waitingWord(safety)
  return html`<div class="saved ${failed ? 'saved--late' : ''}" role="status"><p>
    <span class="saved__safe">${smallIcon(failed ? 'off' : 'safe')}${failed
      ? say.saved_not[failed] ?? say.saved_not.storage_failed : say.saved}</span>
    <span class="saved__wait">${smallIcon(shape, tone)}${text}</span></p></div>`
}

function waitingWord({counts, exchange}: Safety): [IconName, tone: string, text: string] {
  if (counts.quarantined) return ['late', 'late', say.saved_refused(counts.quarantined)]
  if (exchange.phase === 'sign_in') return ['person', '', say.saved_sign_in]
  if (counts.waiting) return ['wait', '', say.saved_waiting(counts.waiting)]
  if (counts.files_waiting) return ['wait', '', say.saved_files(counts.files_waiting)]
  if (exchange.phase === 'offline') return ['off', '', say.saved_offline]
  if (exchange.phase === 'syncing') return ['wait', '', say.saved_sending]
  return ['yes', 'ok', say.saved_all]
}

function places(current: PlaceName, waiting: number): TemplateResult {
  return html`<nav class="nav" aria-label=${say.places}>${PLACES.map(([name, path, shape]) => html`
    <a href=${path} aria-current=${name === current ? 'page' : nothing}>
      <span class="nav__ic">${icon(shape)}${name === 'sync' && waiting
        ? html`<span class="nav__n" aria-hidden="true">${say.number(waiting)}</span>` : nothing}</span>
      ${say.place[name]}${name === 'sync' && waiting ? html`<span class="vh">, ${say.badge(waiting)}</span>`
        : nothing}</a>`)}</nav>`
}

function toastBox(toast: Toast, dismiss: () => void): TemplateResult {
  const press = () => {
    dismiss()
    toast.press?.()
  }
  return html`<div class="toast__box"><p>${toast.text}</p><button type="button"
    @click=${press}>${toast.label ?? say.close}</button></div>`
}
