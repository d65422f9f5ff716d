// How a draft is left unsigned: one that was only looked at does not stay, and one that is thrown away on purpose can be
// brought back.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dropDraft, restoreDraft, type OpenDraft} from '../store/drafts'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'

/** When its screen closes: a draft in which nothing was ever said goes. */
export function dropUntouched({store}: App, draft: OpenDraft): void {
  if (draft.value.place.untouched) void dropDraft(store, draft.id)
}

/** The way to throw a draft away. flow: the address that its screens begin with. */
export function dropLink(app: App, draft: OpenDraft, flow: string): TemplateResult | typeof nothing {
  if (draft.value.place.untouched) return nothing
  return html`<p><button class="lnk" type="button" @click=${() => void drop(app, draft, flow)}>${say.drop_draft}</button></p>`
}

async function drop(app: App, {value: {id, establishment}}: OpenDraft, flow: string): Promise<void> {
  if (await app.attempt(async () => { await dropDraft(app.store, id); return true }) !== true) return
  app.leaveFlow(flow, `/app/e/${establishment}`)
  app.tell({text: say.dropped, label: say.undo, press: () => void app.attempt(() => restoreDraft(app.store, id))})
}
