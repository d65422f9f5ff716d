// Đồng bộ: what waits and why, what the office did not accept, when it last went well, and how safe it all is here.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText, localDay, localTime} from '../rules/days'
import {offlineReady, type OfflineReady} from '../store/offline'
import {askToPersist, outbox, resendWithout, room, type OutboxEntry, type Room} from '../store/outbox'
import {waitingOfOthers} from '../store/people'
import {icon} from '../ui/icons'
import {block, empty, note, placeHead} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say, size, when} from '../ui/strings'
import {settings, type Sharing} from './settings'

const RECEIVED_SHOWN = 10

interface Syncing extends Sharing {
  entries: OutboxEntry[]
  room: Room | null
  offline: OfflineReady
}

export const openSync: Opener = async app => {
  const learn = async (): Promise<Omit<Syncing, 'app'>> => {
    const [entries, space, offline, others] = await Promise.all([outbox(app.store), room(), offlineReady(),
      waitingOfOthers(app.store)])
    return {entries, room: space, offline, others}
  }
  const syncing: Syncing = {app, ...await learn()}
  return {
    get title() { return say.sync },
    place: 'sync',
    head: () => head(app),
    body: () => body(syncing),
    act: () => action(app),
    async changed(change) {
      if (change.what === 'outbox' || change.what === 'exchange') Object.assign(syncing, await learn())
    },
  }
}

function zone(app: App): string {
  return app.communeKnown ? app.commune.unit.time_zone : 'Asia/Ho_Chi_Minh'
}

function moment(app: App, at: string): string {
  return when(at, zone(app), app.today)
}

function head(app: App): TemplateResult {
  const {phase, since, code, step} = app.exchange.state
  const word = say.sync_phase[phase]
  const day = localDay(since, zone(app))
  const beside = phase === 'offline' ? say.sync_since(word, day === app.today ? localTime(since, zone(app)) : dayText(day))
    : word
  const below = (phase === 'syncing' && step ? say.sync_step[step] : code && say.sync_error[code]) || say.sync_text[phase]
  return placeHead(say.sync, beside, below)
}

function body(syncing: Syncing): TemplateResult {
  const {app, entries} = syncing
  const refused = entries.filter(entry => entry.state === 'quarantined' && !entry.settled && entry.decision?.decision !== 'applied')
  const waiting = entries.filter(entry => entry.state === 'pending' || entry.state === 'sending' || photosWait(entry))
  const whole = entries.filter(entry => entry.state === 'acknowledged' && entry.own && !photosWait(entry))
  const received = whole.slice(0, RECEIVED_SHOWN)
  const last = app.exchange.state.last_success_at
  return html`<div class="still">${refused.length
    ? html`${block(say.refused_title(refused.length), nothing,
      html`<div class="stack">${refused.map(entry => refusedNote(app, entry))}</div>`)}` : nothing}
    ${waiting.length ? group(say.waiting, say.records(waiting.length),
      size(waiting.reduce((sum, entry) => sum + entry.size, 0)), waiting.map(entry => row(app, entry)))
      : refused.length ? nothing : empty('done', say.nothing_waits, say.nothing_waits_text)}
    ${group(say.received, '', last ? say.last_success(moment(app, last)) : say.never, received.map(entry => row(app, entry)))}
    ${storage(syncing)}${settings(syncing)}<div class="end"></div></div>`
}

/** The office has the record, its photos are still on the way: not sent yet. */
function photosWait({state, files}: OutboxEntry): boolean {
  return state === 'acknowledged' && files.sent + files.refused < files.total
}

function group(title: string, aside: string, end: string, rows: TemplateResult[]): TemplateResult {
  return html`<section><div class="grp__h"><h2>${title}</h2>${aside ? html`<p>${aside}</p>` : nothing}<p>${end}</p></div>
    <ul class="rows rows--first">${rows}</ul></section>`
}

function title({kind, establishment_name}: OutboxEntry): string {
  return [say.entry[kind] ?? kind, establishment_name].filter(Boolean).join(', ')
}

function fieldWords(fields: string[]): string {
  return [...new Set(fields.map(field => say.fields[field] ?? field))].join(', ')
}

function row(app: App, entry: OutboxEntry): TemplateResult {
  const received = entry.state === 'acknowledged' && !photosWait(entry)
  const content = html`${icon(received ? 'done' : 'wait', received ? 'ok' : 'wait')}
    <span><span class="row__name">${title(entry)}</span><span class="row__meta">${about(app, entry)}</span><span
      class="row__meta">${state(app, entry)}</span></span>`
  if (!['inspection', 'commitment'].includes(entry.kind) || !entry.own) return html`<li class="row">${content}</li>`
  return html`<li><a class="row" href="/app/r/${entry.record}">${content}</a></li>`
}

function about(app: App, {created_at, files, size: bytes, edited, kind}: OutboxEntry): string {
  const photos = files.total === 0 ? '' : files.sent > 0 && files.sent < files.total
    ? say.entry_photos_sent(files.sent, files.total) : say.entry_photos(files.total)
  return [moment(app, created_at), kind === 'establishment' ? fieldWords(edited) : photos, kind === 'establishment' ? ''
    : size(bytes)].filter(Boolean).join(', ')
}

function state(app: App, entry: OutboxEntry): unknown {
  if (photosWait(entry)) return html`<b class="wait">${say.photos_wait}</b>`
  if (entry.state === 'acknowledged') return html`<b class="ok">${!entry.decision ? say.office_has
    : entry.decision.mended ? say.office_took_mended(entry.decision.reason) : say.office_took}</b>${entry.conflicts.length
    ? `. ${say.conflict(fieldWords(entry.conflicts))}` : nothing}`
  if (entry.state === 'sending') return html`<b class="wait">${say.sending}</b>`
  const why = !entry.own ? say.checked_again : entry.attempted_at ? say.tried(moment(app, entry.attempted_at)) : ''
  return html`<b class="wait">${say.waiting}</b>${why ? `, ${why}` : nothing}`
}

function refusedNote(app: App, entry: OutboxEntry): TemplateResult {
  const resend = async () => {
    const done = await app.attempt(async () => ({op: await resendWithout(app.store, entry.op, entry.fields)}))
    if (!done) return
    app.tell({text: say.resent})
    void app.exchange.sync()
  }
  return note('late', 'late', title(entry), html`
    ${entry.decision ? html`<p><b>${say.office_dismissed}.</b> ${say.office_dismissed_text(entry.decision.by, entry.decision.reason)}</p>` : nothing}
    <p>${entry.why ? say.why[entry.why] ?? say.why_unknown(entry.why) : ''}${entry.fields.some(field => say.fields[field])
      ? ` (${fieldWords(entry.fields)})` : nothing}</p><p>${say.why_kept}</p>
    <p class="note__acts">${entry.kind === 'establishment' && entry.fields.length && !entry.decision
      ? html`<button class="lnk" type="button" @click=${resend}>${say.resend_without(fieldWords(entry.fields))}</button>`
      : entry.kind === 'establishment' ? nothing
        : html`<a class="lnk" href="/app/r/${entry.record}">${say.record[entry.kind as 'inspection' | 'commitment'] ?? entry.kind}</a>`}</p>`)
}

function storage({app, room: space, offline}: Syncing): TemplateResult {
  const persist = async () => {
    const kept = await askToPersist()
    app.tell({text: kept ? say.persisted : say.persist_refused})
    app.draw()
  }
  return html`${space ? block(say.storage, say.storage_of(size(space.used), size(space.quota)), html`
      <progress class="gauge" value=${space.used} max=${Math.max(1, space.quota)}
        aria-label=${say.storage_long(size(space.used), size(space.quota))}></progress>
      <p class="hint">${say.photos_left(space.photos_left)} ${space.persisted === null ? '' : space.persisted ? say.persisted
        : say.not_persisted}</p>
      ${space.persisted === false ? html`<button class="lnk" type="button" @click=${persist}>${say.persist}</button>`
        : nothing}`) : nothing}
    ${block(say.offline_title, nothing, html`<p class="hint">${offline.ok ? say.offline_ok
      : say.offline_not[offline.reason]}</p>`)}`
}

function action(app: App): TemplateResult {
  const {phase} = app.exchange.state
  if (phase === 'sign_in') return html`<a class="btn" href="/app/sign-in">${say.sign_in}</a>`
  return html`<button class="btn" type="button" ?disabled=${phase === 'syncing'}
    @click=${() => void app.exchange.sync()}>${phase === 'syncing' ? say.sync_phase.syncing : say.send_now}</button>`
}
