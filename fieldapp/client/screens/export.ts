// The emergency export on the sync screen: made on request, then shared or saved. It is fetched with that screen, not with
// the list: when it is needed, there may be no connection to fetch anything.

import {html, nothing, type TemplateResult} from 'lit-html'
import {download, exportUnsent, share as hand, shareable, type Export} from '../handover/export'
import {standpoint} from '../store/replica'
import {block, note} from '../ui/parts'
import type {App} from '../ui/screen'
import {size} from '../ui/strings'
import {words} from '../ui/strings.sync'

export interface Exporting {
  readonly view: () => TemplateResult
}

/** moment: an instant as words. */
export async function openExport(app: App, moment: (at: string) => string): Promise<Exporting> {
  let busy = false
  let made: Export | null = null
  let form: File | null = null
  let last = await lastMade(app)

  const make = async () => {
    busy = true
    app.draw()
    const done = await app.attempt(() => exportUnsent(app.store))
    busy = false
    if (done?.ok) {
      made = done.made
      form = shareable(made.file)
      last = await lastMade(app)
    } else if (done) app.tell({text: words().export_error[done.code]!})
    app.draw()
  }
  const share = async () => {
    const shared = await app.attempt(() => hand(form!))
    if (shared) app.tell({text: words().export_shared})
  }
  const save = () => {
    download(made!.file)
    app.tell({text: words().export_saved(made!.file.name)})
  }
  const ready = ({records, drafts, files, file, left_out}: Export) => note('calm', 'safe', words().export_ready, html`
    <p>${words().export_holds(records, drafts, files, size(file.size))}${left_out ? ` ${words().export_left_out(left_out)}` : nothing}</p>
    <p class="note__acts">${form ? html`<button class="lnk" type="button" @click=${share}>${words().export_share}</button>` : nothing}
      <button class="lnk" type="button" @click=${save}>${words().export_save}</button></p>`)
  return {
    view: () => block(words().export_title, last ? words().export_last(moment(last)) : nothing, html`<div class="stack">
      <p class="hint">${words().export_text}</p>${made ? ready(made) : nothing}
      <button class="btn2 btn2--w" type="button" ?disabled=${busy} @click=${make}>${busy ? words().export_making : words().export_make}</button></div>`),
  }
}

async function lastMade(app: App): Promise<string | null> {
  return (await standpoint(app.store)).exported_at ?? null
}
