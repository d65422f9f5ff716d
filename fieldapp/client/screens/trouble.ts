// An address that leads nowhere, or a screen that could not be opened. Never a dead end.

import {html} from 'lit-html'
import {empty, placeHead} from '../ui/parts'
import type {Screen} from '../ui/screen'
import {say} from '../ui/strings'

export function openTrouble(what: 'not_found' | 'trouble'): Screen {
  const title = say[what]
  return {
    title,
    place: 'work',
    head: () => placeHead(say.app),
    body: () => empty('warn', title, what === 'trouble' ? say.trouble_text : say.not_found_text,
      html`<a class="btn2" href="/app">${say.to_work}</a>`),
    act: () => what === 'trouble' ? html`<button class="btn" type="button"
      @click=${() => location.reload()}>${say.reload}</button>` : null,
  }
}
