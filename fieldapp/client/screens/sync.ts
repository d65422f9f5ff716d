// Đồng bộ: what waits and why, what the office did not accept, when it last went well, and how safe it all is here.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText, localDay, localTime} from '../rules/days'
import {drafts, type DraftSummary} from '../store/drafts'
import {offlineReady, type OfflineReady} from '../store/offline'
import {resendWithout} from '../store/edits'
import {askToPersist, outbox, room, type OutboxEntry, type Room} from '../store/outbox'
import {waitingOfOthers} from '../store/people'
import {icon} from '../ui/icons'
import {block, capital, empty, note, placeHead} from '../ui/parts'
import type {App, Opener} from '../ui/screen'
import {say, size, when} from '../ui/strings'
import {words} from '../ui/strings.sync'
import {draftRow} from './draft_rows'
import {openExport, type Exporting} from './export'
import {homeScreenNote} from './sign_in'
import {settings, type Sharing} from './settings'

const RECEIVED_SHOWN = 10

interface Syncing extends Sharing {
  entries: OutboxEntry[]
  drafts: DraftSummary[]
  room: Room | null
  offline: OfflineReady
  exporting: Exporting
  draining: Amount | null          // what waited when the round began
}

interface Amount { records: number; files: number }

export const openSync: Opener = async app => {
  const learn = async () => {
    const [entries, open, space, offline, others] = await Promise.all([outbox(app.store), drafts(app.store), room(), offlineReady(),
      waitingOfOthers(app.store)])
    return {entries, drafts: open, room: space, offline, others}
  }
  const syncing: Syncing = {app, ...await learn(), exporting: await openExport(app, at => moment(app, at)), draining: null}
  const measure = () => {
    const on = app.exchange.state.phase === 'syncing'
    syncing.draining = !on ? null : syncing.draining ?? amount(syncing.entries)
  }
  measure()
  return {
    get title() { return words().sync },
    place: 'sync',
    head: () => head(syncing),
    body: () => body(syncing),
    act: () => action(app),
    async changed(change) {
      if (!['outbox', 'exchange', 'drafts'].includes(change.what)) return
      Object.assign(syncing, await learn())
      measure()
    },
  }
}

function moment(app: App, at: string): string {
  return when(at, app.zone, app.today)
}

function amount(entries: OutboxEntry[]): Amount {
  return {
    records: entries.filter(({state: now}) => now === 'pending' || now === 'sending').length,
    files: entries.reduce((sum, {files}) => sum + files.total - files.sent - files.refused, 0),
  }
}

/** How far the round is, while it drains. */
function progress({draining, entries}: Syncing): TemplateResult | typeof nothing {
  if (!draining || draining.records + draining.files === 0) return nothing
  const left = amount(entries)
  const [records, files] = [Math.max(0, draining.records - left.records), Math.max(0, draining.files - left.files)]
  const said = words().draining(draining.records ? words().drained_records(records, draining.records) : '',
    draining.files ? words().drained_files(files, draining.files) : '')
  return html`<div class="blk" role="status"><progress class="gauge" value=${records + files} max=${draining.records + draining.files}
    aria-label=${said}></progress><p class="hint">${said}</p></div>`
}

function head({app}: Syncing): TemplateResult {
  const {phase, since, code, step} = app.exchange.state
  const word = words().sync_phase[phase]
  const day = localDay(since, app.zone)
  const beside = phase === 'offline' ? words().sync_since(word, day === app.today ? localTime(since, app.zone) : dayText(day))
    : (phase === 'error' && code && words().sync_trouble[code]) || word
  const below = (phase === 'syncing' && step ? words().sync_step[step] : code && words().sync_error[code]) || say.sync_text[phase]
  return placeHead(words().sync, beside, below)
}

function body(syncing: Syncing): TemplateResult {
  const {app, entries} = syncing
  const refused = entries.filter(entry => entry.state === 'quarantined' && !entry.settled && entry.decision?.decision !== 'applied')
  const waiting = entries.filter(entry => entry.state === 'pending' || entry.state === 'sending' || photosWait(entry))
  const whole = entries.filter(entry => entry.state === 'acknowledged' && entry.own && !photosWait(entry))
  const received = whole.slice(0, RECEIVED_SHOWN)
  const last = app.exchange.state.last_success_at
  const oldest = waiting.at(-1)?.created_at
  return html`<div class="still">${progress(syncing)}${refused.length
    ? html`${block(words().refused_title(refused.length), nothing,
      html`<div class="stack">${refused.map(entry => refusedNote(app, entry))}</div>`)}` : nothing}
    ${waiting.length ? group(words().waiting, [words().records(waiting.length), oldest && words().waiting_since(moment(app, oldest))].filter(Boolean).join(', '),
      size(waiting.reduce((sum, entry) => sum + entry.size, 0)), waiting.map(entry => row(app, entry)))
      : refused.length ? nothing : empty('done', words().nothing_waits, words().nothing_waits_text)}
    ${syncing.drafts.length ? group(words().drafts_title, '', '', syncing.drafts.map(draft => draftRow(app, draft, {named: true}))) : nothing}
    ${group(words().received, '', last ? words().last_success(moment(app, last)) : words().never, received.length
      ? received.map(entry => row(app, entry)) : [html`<li class="was">${words().none_received}</li>`])}
    ${syncing.exporting.view()}${storage(syncing)}${settings(syncing)}<div class="end"></div></div>`
}

/** The office has the record, its photos are still on the way: not sent yet. */
function photosWait({state, files}: OutboxEntry): boolean {
  return state === 'acknowledged' && files.sent + files.refused < files.total
}

function group(title: string, aside: string, end: string, rows: TemplateResult[]): TemplateResult {
  return html`<section><div class="grp__h"><h2>${title}</h2>${aside ? html`<p>${aside}</p>` : nothing}${end ? html`<p>${end}</p>` : nothing}</div>
    <ul class="rows rows--first">${rows}</ul></section>`
}

function title({kind, establishment_name, edited}: OutboxEntry): string {
  const whole = ['name', 'type'].every(field => edited.includes(field))     // what a phone sends of a new establishment
  return [whole ? words().new_place : say.entry[kind] ?? kind, establishment_name].filter(Boolean).join(', ')
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

function refusedFiles({files}: OutboxEntry): string {
  return files.refused ? words().files_refused(files.refused) : ''
}

function about(app: App, entry: OutboxEntry): string {
  const {created_at, files, size: bytes, edited, kind} = entry
  const photos = files.total === 0 ? '' : files.sent > 0 && files.sent < files.total
    ? words().entry_photos_sent(files.sent, files.total) : words().entry_photos(files.total)
  return [moment(app, created_at), kind === 'establishment' ? fieldWords(edited) : photos, kind === 'establishment' ? ''
    : size(bytes), refusedFiles(entry)].filter(Boolean).join(', ')
}

function state(app: App, entry: OutboxEntry): unknown {
  if (photosWait(entry)) return html`<b class="wait">${words().photos_wait}</b>`
  if (entry.state === 'acknowledged') return html`<b class="ok">${!entry.decision ? words().office_has
    : entry.decision.mended ? say.office_took_mended(entry.decision.reason) : say.office_took}</b>${entry.conflicts.length
    ? `. ${words().conflict(fieldWords(entry.conflicts))}` : nothing}`
  if (entry.state === 'sending') return html`<b class="wait">${words().sending}</b>`
  const tried = !entry.own ? words().checked_again : entry.attempted_at ? words().tried(moment(app, entry.attempted_at)) : ''
  const said = entry.error === 'unreachable' && app.exchange.state.phase === 'offline'      // the head says so
  const why = entry.error && !said && (words().entry_error[entry.error] ?? words().entry_error_other(entry.error))
  return html`<b class="wait">${words().waiting}</b>${tried ? `, ${tried}` : nothing}${why ? `: ${why}` : nothing}`
}

function refusedNote(app: App, entry: OutboxEntry): TemplateResult {
  const left = entry.edited.some(field => !entry.fields.includes(field))
  const resend = async () => {
    const done = await app.attempt(async () => ({op: await resendWithout(app.store, entry.op, entry.fields)}))
    if (!done) return
    app.tell({text: left ? words().resent : words().let_go})
    void app.exchange.sync()
  }
  const refused = entry.fields.some(field => say.fields[field]) ? fieldWords(entry.fields) : ''
  return note('late', 'late', title(entry), html`
    ${entry.decision ? html`<p><b>${say.office_dismissed}.</b> ${say.office_dismissed_text(entry.decision.by, entry.decision.reason)}</p>` : nothing}
    <p>${refused ? html`<b>${capital(refused)}</b>: ` : nothing}${entry.why
      ? words().why[entry.why] ?? words().why_unknown(entry.why) : ''}</p><p>${say.why_kept}</p>
    <p class="note__acts">${entry.kind === 'establishment' && entry.fields.length && !entry.decision
      ? html`<button class="lnk" type="button" @click=${resend}>${left ? words().resend_without(fieldWords(entry.fields))
        : words().let_it_go}</button>`
      : entry.kind === 'establishment' ? nothing
        : html`<a class="lnk" href="/app/r/${entry.record}">${say.record[entry.kind as 'inspection' | 'commitment'] ?? entry.kind}</a>`}</p>`)
}

function storage({app, room: space, offline}: Syncing): TemplateResult {
  const persist = async () => {
    const kept = await askToPersist()
    app.tell({text: kept ? words().persisted : words().persist_refused})
    app.draw()
  }
  return html`${space ? block(words().storage, words().storage_of(size(space.used), size(space.quota)), html`
      <progress class="gauge" value=${space.used} max=${Math.max(1, space.quota)}
        aria-label=${words().storage_long(size(space.used), size(space.quota))}></progress>
      <p class="hint">${words().photos_left(space.photos_left)} ${space.persisted === null ? '' : space.persisted ? words().persisted
        : words().not_persisted}</p>
      ${space.persisted === false ? html`<button class="lnk" type="button" @click=${persist}>${words().persist}</button>`
        : nothing}`) : nothing}
    ${block(words().offline_title, nothing, html`<div class="stack"><p class="hint">${offline.ok ? words().offline_ok
      : words().offline_not[offline.reason]}</p>${homeScreenNote()}</div>`)}`
}

function action(app: App): TemplateResult {
  const {phase} = app.exchange.state
  if (phase === 'sign_in') return html`<a class="btn" href="/app/sign-in">${say.sign_in}</a>`
  return html`<button class="btn" type="button" ?disabled=${phase === 'syncing'}
    @click=${() => void app.exchange.sync()}>${phase === 'syncing' ? words().sync_phase.syncing : words().send_now}</button>`
}
