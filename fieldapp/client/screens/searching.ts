// The search field, the chips, and what stands where nothing was found.

import {html, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import {icon} from '../ui/icons'
import {empty} from '../ui/parts'
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
