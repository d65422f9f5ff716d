// Sign in: the one step that needs a connection. People who used this phone before are offered by name.

import {html, nothing, type TemplateResult} from 'lit-html'
import {live} from 'lit-html/directives/live.js'
import type {Credentials, SignedIn} from '../exchange/enrol'
import {loadCalling} from '../exchange/exchange'
import {mayBeForgotten} from '../store/offline'
import {knownPeople, waitingOfOthers, type KnownPerson} from '../store/people'
import type {Store} from '../store/store'
import {icon} from '../ui/icons'
import {badLine, note} from '../ui/parts'
import type {Opener, Screen} from '../ui/screen'
import {say, speak} from '../ui/strings'

interface Options {
  again: string | null             // the user name of who has to sign in again
  draw: () => void
  done: () => void
  back?: string                    // where to go without signing in
  store?: Store                    // of the person who is signed in
}

interface State {
  username: string
  password: string
  code: string
  byCode: boolean
  busy: boolean
  bad: string | null
}

/** The screen for somebody already signed in, whose token the office no longer takes, or who makes way for another. */
export const openSignInAgain: Opener = async app => openSignIn({
  again: app.exchange.state.phase === 'sign_in' ? app.store.person.username : null,
  draw: app.draw,
  done: () => location.replace('/app'),
  back: '/app/sync',
  store: app.store,
})

export async function openSignIn({again, draw, done, back, store}: Options): Promise<Screen> {
  loadCalling().catch(() => undefined)             // tried again when it is needed
  const [people, waiting] = await Promise.all([knownPeople(), waitingOfOthers(store)])
  const scanned = /^#code=(\w+)$/.exec(location.hash)?.[1] ?? ''   // the office's picture, read by the camera
  if (scanned) history.replaceState(history.state, '', location.pathname)
  const state: State = {username: again ?? '', password: '', code: scanned, byCode: scanned !== '', busy: false, bad: null}
  const set = (change: Partial<State>) => {
    Object.assign(state, change)
    draw()
  }

  const submit = async (event: Event) => {
    event.preventDefault()
    if (state.busy) return
    const complete = state.byCode ? state.code.trim() : state.username.trim() && state.password
    if (!complete) return set({bad: say.missing_credentials})
    set({busy: true, bad: null})
    const answer = await signInNow(state.byCode ? {code: state.code.replace(/\s/g, '')}
      : {username: state.username.trim(), password: state.password})
    if (answer.ok) done()
    else set({busy: false, bad: failure(answer)})
  }

  const choose = (person: KnownPerson) => {
    set({username: person.username, byCode: false, bad: null})
    document.getElementById('password')?.focus()
  }

  return {
    get title() { return say.sign_in },
    head: () => languageBar(draw, back),
    body: () => html`<div class="gate">${welcome(again !== null)}
      <form id="sign-in" @submit=${submit} novalidate>
        ${people.length && !state.byCode ? known(people, waiting, state.username, choose) : nothing}
        ${state.byCode ? codeField(state) : passwordFields(state)}
        ${state.bad ? html`<div role="alert">${badLine('bad', state.bad)}</div>` : nothing}
        <p><button class="lnk" type="button" @click=${() => set({byCode: !state.byCode, bad: null})}>${state.byCode
          ? say.with_password : say.with_code}</button></p>
      </form></div>`,
    act: () => html`<button class="btn" type="submit" form="sign-in" ?disabled=${state.busy}>${state.busy ? say.signing_in
      : say.sign_in}</button>`,
  }
}

/** What the app is, and what is to be known before signing in. */
function welcome(again: boolean): TemplateResult {
  const told = (it: TemplateResult) => html`${it}<div class="end"></div>`
  return html`<div class="gate__mark"><span class="gate__tile">${icon('safe')}</span><div><h1>${say.app}</h1>
    <p>${say.sign_in_intro}</p></div></div>
    ${window.isSecureContext ? nothing : told(note('due', 'warn', say.http_title, html`<p>${say.http_text}</p>`))}
    ${homeScreenNote()}
    ${again ? told(note('calm', 'safe', say.saved_sign_in, html`<p>${say.sign_in_again}</p>`)) : nothing}`
}

/** For an iPhone's Safari: data stay only where the app is on the home screen; nothing elsewhere. */
export function homeScreenNote(): unknown {
  return mayBeForgotten() ? html`${note('due', 'warn', say.home_title, html`<p>${say.home_text}</p>`)}<div class="end"></div>` : nothing
}

function languageBar(draw: () => void, back?: string): TemplateResult {
  const other = say.code === 'vi' ? 'en' : 'vi'
  const change = async () => {
    await speak(other)
    draw()
  }
  return html`<div class="bar bar--s">${back
    ? html`<a class="ib" href=${back} data-back aria-label=${say.back}>${icon('back')}</a>` : nothing}
      <div class="bar__txt"></div><button class="lnk" type="button" lang=${other} @click=${change}>${other === 'en' ? 'English'
        : 'Tiếng Việt'}</button></div>`
}

async function signInNow(credentials: Credentials): Promise<SignedIn> {
  const signIn = await loadCalling().then(loaded => loaded.signIn, () => null)
  return signIn ? signIn(credentials) : {ok: false, code: 'unreachable', retry_after_s: null}
}

type Waiting = Awaited<ReturnType<typeof waitingOfOthers>>

function known(people: KnownPerson[], waiting: Waiting, chosen: string, choose: (person: KnownPerson) => void): TemplateResult {
  return html`<fieldset><legend class="h2">${say.sign_in_who}</legend><div class="opts">${people.map(person => {
    const left = waiting.find(other => other.username === person.username)
    return html`<label class="opt"><input type="radio" name="who" .checked=${live(chosen === person.username)}
      @change=${() => choose(person)}>
      <span>${person.name}<small>${person.position || say.roles[person.role] || person.username}${left
        ? html`, <b class="wait">${say.others_wait(left.ops, left.drafts)}</b>` : nothing}</small></span></label>`
  })}</div></fieldset>`
}

function passwordFields(state: State): TemplateResult {
  const show = (event: Event) => {
    const field = document.getElementById('password') as HTMLInputElement
    field.type = (event.target as HTMLInputElement).checked ? 'text' : 'password'
  }
  return html`
    <div class="fld"><label for="username">${say.username}</label><input id="username" autocomplete="username"
      autocapitalize="none" spellcheck="false"
      .value=${live(state.username)} @input=${(event: InputEvent) => { state.username = (event.target as HTMLInputElement).value }} aria-describedby="bad"></div>
    <div class="fld"><label for="password">${say.password}</label><input id="password" type="password"
      autocomplete="current-password"
      .value=${live(state.password)} @input=${(event: InputEvent) => { state.password = (event.target as HTMLInputElement).value }} aria-describedby="bad"></div>
    <label class="tick"><input type="checkbox" @change=${show}><span>${say.show_password}</span></label>`
}

function codeField(state: State): TemplateResult {
  return html`<div class="fld"><label for="code">${say.one_time_code}</label><input id="code" autocomplete="one-time-code"
    autocapitalize="characters" spellcheck="false"
      .value=${live(state.code)} @input=${(event: InputEvent) => { state.code = (event.target as HTMLInputElement).value }}
        aria-describedby="bad code-hint">
    <p class="hint" id="code-hint">${say.code_hint}</p></div>`
}

function failure(answer: Extract<SignedIn, {ok: false}>): string {
  if (answer.code === 'too_many_attempts') return say.too_many(Math.max(1, Math.ceil((answer.retry_after_s ?? 60) / 60)))
  return say.sign_in_error[answer.code] ?? say.sign_in_unknown(answer.code)
}
