// Person and display, at the foot of the sync screen: who is signed in, who else uses this phone, text size, language.

import {html, nothing, type TemplateResult} from 'lit-html'
import {outboxCounts} from '../store/outbox'
import {signOut, type waitingOfOthers} from '../store/people'
import {block} from '../ui/parts'
import type {App} from '../ui/screen'
import {say, setTextSize, speak, textSize, TEXT_SIZES, type Language, type TextSize} from '../ui/strings'
import {words} from '../ui/strings.sync'
import {options} from '../widgets/choice'

const LANGUAGES: readonly {value: Language; label: string}[] = [{value: 'vi', label: 'Tiếng Việt'},
  {value: 'en', label: 'English'}]

/** others: what other people on this phone have not sent yet. */
export interface Sharing { app: App; others: Awaited<ReturnType<typeof waitingOfOthers>> }

export function settings({app, others}: Sharing): TemplateResult {
  const {name, position, role, username} = app.store.person
  return html`${block(words().settings, nothing, html`<div class="card pad-in"><p><b>${name}</b></p>
    <p class="fld__sub">${[...new Set([position, say.roles[role] ?? role, username])].filter(Boolean).join(', ')}</p></div>`)}
    <div class="form">
      ${options<TextSize>('text-size', words().text_size, TEXT_SIZES.map(value => ({value, label: words().text_sizes[value]})),
        textSize(), value => {
        setTextSize(value)
        app.draw()
      }, 3)}
      ${options<Language>('language', words().language, LANGUAGES, say.code, value => {
        void speak(value).then(app.draw)
      }, 2)}
      ${others.length ? html`<section><h2 class="h2">${words().others_on_phone}</h2>
        <ul class="card">${others.map(other => html`<li class="pad-in"><p><b>${other.name}</b></p>
        <p class="fld__sub">${say.others_wait(other.ops, other.drafts)}</p></li>`)}</ul></section>` : nothing}
      <section class="stack"><a class="btn2 btn2--w" href="/app/sign-in">${words().switch_person}</a>
        <button class="btn2 btn2--w" type="button" @click=${() => void leave(app)}>${words().sign_out}</button>
          <p class="hint">${words().sign_out_hint}</p></section>
    </div>`
}

/** Lets the person go. With records still to send, says so first and asks for a second press. */
async function leave(app: App): Promise<void> {
  const {waiting} = await outboxCounts(app.store)
  if (waiting) return app.tell({text: words().sign_out_waiting(waiting), label: words().sign_out, press: () => void go(app)})
  await go(app)
}

async function go(app: App): Promise<void> {
  if (await app.attempt(async () => { await signOut(app.store); return true })) location.replace('/app')
}
