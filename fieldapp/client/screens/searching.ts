// The search field, the chips, and what stands where nothing was found.

import {html, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import {icon} from '../ui/icons'
import {empty} from '../ui/parts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'

export function searchField(typed: string, search: (typed: string) => void): TemplateResult {
  const submit = (event: Event) => {
    event.preventDefault();
    (document.activeElement as HTMLElement | null)?.blur()   // puts the keyboard away, the list is already there
  }
  return html`<form class="search" role="search" @submit=${submit}>${icon('find')}<label class="vh"
    for="q">${say.search}</label>
    <input id="q" type="search" enterkeyhint="search" autocomplete="off" autocapitalize="none" spellcheck="false"
      placeholder=${say.search_hint}
      .value=${live(typed)} @input=${(event: InputEvent) => search((event.target as HTMLInputElement).value)}></form>`
}

export function chip(pressed: boolean, press: () => void, content: unknown): TemplateResult {
  return html`<button class="chip" type="button" aria-pressed=${pressed} @click=${press}><span>${content}</span></button>`
}

export function nothingFound(clear: () => void): TemplateResult {
  return empty('find', say.none_found, say.none_found_text,
    html`<button class="btn2" type="button" @click=${clear}>${say.clear_filters}</button>`)
}

/** Where there is no establishment: not downloaded yet, or the office has none. */
export function nothingYet({exchange}: App): TemplateResult {
  const {phase, last_success_at} = exchange.state
  if (last_success_at !== null && phase !== 'syncing') return empty('shop', say.none_in_register, say.none_in_register_text,
    html`<a class="btn2" href="/app/new">${say.new_title}</a>`)
  if (phase === 'syncing' || phase === 'idle') return empty('wait', say.loading_first, say.sync_text.syncing)
  return empty('shop', say.no_places, say.no_places_text,
    html`<button class="btn2" type="button" @click=${() => void exchange.sync()}>${say.no_places_now}</button>`)
}
