// Review before signing: what is missing and where, what was found, who says what, the signatures. The one primary
// button goes to whatever blocks; when nothing does, it finishes.

import {html, nothing, type TemplateResult} from 'lit-html'
import {counts, findings, usualRecommendation, type Missing} from '../rules/checklist'
import {dayText} from '../rules/days'
import {checkCode} from '../store/digest'
import {drafts, dropDraft, openDraft, type CommitmentDraft, type OpenDraft} from '../store/drafts'
import {previewDigest} from '../store/finalise'
import {icon} from '../ui/icons'
import {bar, block, commitmentWords, note} from '../ui/parts'
import {goTo} from '../ui/scroll'
import type {App, Opener} from '../ui/screen'
import {say} from '../ui/strings'
import {ANSWERS} from '../widgets/choice'
import {unfinished} from './commitment'
import {finish} from './finishing'
import {remarkOn} from './figures'
import {remedyIcon} from './follow_up'
import {draftSignature, openPictures} from './pictures'
import {holdPlace} from './place'
import {registerBlock} from './register'
import {conclusions, signatures, type Signing} from './signing'
import {openVisit, type Visit} from './visit'

const CODE_REST_MS = 300
const ROWS_SHOWN = 8

type Lack = Missing | {what: 'bodies'}

interface Review extends Signing {
  commitment: OpenDraft<CommitmentDraft> | null   // opened at this visit
  busy: boolean
  code: string
  listed: Lack[]                   // what was missing when the screen opened
}

export const openReview: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  const {draft} = visit
  const pictures = openPictures(app.store, app.draw)
  const review: Review = {
    app, visit, commitment: await commitmentOf(app, draft.id), opinion: visit.record.opinion !== '',
    asked: false, busy: false, code: '', listed: [],
    change: recipe => draft.change(({record}) => recipe(record)),
    representative: draftSignature(app, draft, 'representative', pictures),
    inspector: draftSignature(app, draft, 'inspector', pictures),
  }
  review.listed = lacks(review)
  proposeRecommendation(visit)
  const place = holdPlace(draft, 'review')
  const stopFollowing = follow(review)
  return {
    get title() { return say.review },
    get saving() { return draft.saving },
    head: () => bar(visit.path, say.review, `${visit.record.facts.name}, ${dayText(visit.visited)}`),
    body: () => body(review),
    act: () => action(review),
    entered: place.entered,
    close() {
      place.close()
      stopFollowing()
      review.representative.close()
      review.inspector.close()
      pictures.close()
    },
  }
}

/** Draws what changes in the draft, and computes its check code anew once it rests. Returns what ends that. */
function follow(review: Review): () => void {
  const {app, visit: {draft}} = review
  let timer = 0
  const code = () => {
    clearTimeout(timer)
    timer = window.setTimeout(async () => {
      review.code = checkCode(await previewDigest(app.store, draft))
      app.draw()
    }, CODE_REST_MS)
  }
  code()
  let before = draft.value
  const unsubscribe = draft.subscribe(() => {
    if (before !== draft.value) code()
    before = draft.value
    app.draw()
  })
  return () => {
    clearTimeout(timer)
    unsubscribe()
  }
}

/** Once everything is answered the usual conclusion is chosen; "good" does not outlive a shortcoming found later. */
function proposeRecommendation({draft, record, items}: Visit): void {
  if (record.kind === 'follow_up' || items.some(item => !record.answers[item.id])) return
  const usual = usualRecommendation(record, items)
  if (!record.recommendation || (record.recommendation === 'good' && usual !== 'good')) {
    draft.change(value => { value.record.recommendation = usual })
  }
}

async function commitmentOf(app: App, visit: string): Promise<OpenDraft<CommitmentDraft> | null> {
  const there = (await drafts(app.store)).find(({draft}) => draft.kind === 'commitment' && draft.record.inspection === visit)
  return there ? await openDraft(app.store, there.id) as OpenDraft as OpenDraft<CommitmentDraft> : null
}

function lacks({visit}: Review): Lack[] {
  const {missing, record} = visit
  return record.bodies.length ? missing : [{what: 'bodies'}, ...missing]
}

function body(review: Review): TemplateResult {
  const {visit, app} = review
  const follow_up = visit.record.kind === 'follow_up'
  const {by, answered, total} = counts(visit.items, visit.record.answers)
  return html`<div class="blk">${missingNotes(review)}</div>
    ${follow_up ? remediesBlock(visit) : html`${block(say.result, say.items_of(answered, total),
      html`<dl class="tally">${ANSWERS.map(([answer, shape]) => html`
      <div><dt>${icon(shape, TONES[answer])}${say.answer[answer]}</dt><dd>${say.number(by[answer])}</dd></div>`)}</dl>`)}
    ${remedies(review)}${oddFigures(review)}${registerBlock(app, visit)}${commitmentBlock(review)}`}
    ${conclusions(review)}${signatures(review)}
    ${block(say.check_code, say.provisional,
      html`<div class="hash"><code>${review.code || '…'}</code><span>${say.check_code_hint}</span></div>`)}
        <div class="end"></div>`
}

/** How each open finding was found. */
function remediesBlock({findings: open, record}: Visit): TemplateResult {
  return block(say.result, say.finding_count(open.length), html`<ul class="card">${open.map(({id, note: words, text, item}) => {
    const remedy = record.remedies?.[id]
    return html`<li class="cell">${remedyIcon(remedy?.result)}
      <div><h3>${words || text}</h3><p><b>${remedy ? say.remedy_long[remedy.result] : say.remedy_unsaid}</b>${remedy?.note
        ? `. ${remedy.note}` : ''}</p><p><span class="code">${item}</span> ${remedy?.files.length
        ? say.photos(remedy.files.length) : nothing}</p></div></li>`
  })}</ul>`)
}

/** Counts that look odd: a word, no obstacle. */
function oddFigures({visit}: Review): unknown {
  const {record, figures} = visit
  const odd = figures.flatMap(figure => {
    const words = remarkOn(visit, figure)
    return words ? [{figure, words}] : []
  })
  if (odd.length === 0) return nothing
  return html`<div class="blk">${note('due', 'warn', say.odd_figures, html`${odd.map(({figure, words}) => html`
    <p>${figure.text}: ${record.figures[figure.id] ?? '—'}. ${words}</p>`)}`)}</div>`
}

const TONES = {dat: 'ok', khong_dat: 'late', khong_ap_dung: 'none', chua_xem_xet: 'due'} as const

/** What was missing when the screen opened stays on the list, ticked off one by one: nothing moves while one works. */
function missingNotes(review: Review): TemplateResult {
  const left = lacks(review)
  const items = left.filter(lack => lack.what === 'answer')
  const rest = review.listed.filter(lack => lack.what !== 'answer')
  const undone = left.filter(lack => lack.what !== 'answer').length
  return html`${items.length ? note('late', 'warn', say.missing_items(items.length), html`<p>${say.missing_items_text}</p>`,
    rows(review, items, left)) : nothing}
    ${rest.length || left.length === 0 ? note(undone ? 'due' : 'calm', undone ? 'warn' : 'yes', undone
      ? say.missing_rest(undone) : say.all_done, nothing, rows(review, rest, left)) : nothing}`
}

function rows(review: Review, some: Lack[], left: Lack[]): TemplateResult {
  return html`<ul class="note__rows">${some.slice(0, ROWS_SHOWN).map(lack => {
    const done = !left.some(other => same(other, lack))
    return html`<li><button class="note__row" type="button" @click=${() => fix(review, lack)}>
      ${'item' in lack ? html`<span class="code">${lack.item}</span>` : nothing}<span
        class="note__what">${lackWords(review, lack)}</span>
      ${done ? html`${icon('yes', 'ok')}<span class="vh">${say.complete}</span>` : icon('fwd')}</button></li>`
  })}</ul>`
}

function same(one: Lack, other: Lack): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function lackWords({visit}: Review, lack: Lack): string {
  const text = (item: string) => visit.items.find(one => one.id === item)?.text ?? ''
  switch (lack.what) {
    case 'signature': return say.missing_signature[lack.who]!
    case 'answer': return text(lack.item)
    case 'note': case 'due_on': return `${say.missing[lack.what]}: ${text(lack.item)}`
    case 'remedy': case 'evidence': {
      const finding = visit.findings.find(({id}) => id === lack.finding)
      return `${say.missing[lack.what]}: ${finding?.note || finding?.text || ''}`
    }
    default: return say.missing[lack.what] ?? lack.what
  }
}

/** Goes to where something that is missing can be given. */
function fix(review: Review, lack: Lack): void {
  const {visit, app} = review
  const id = 'item' in lack ? lack.item : 'finding' in lack ? lack.finding : null
  if (id !== null) {
    visit.draft.change(({place}) => { Object.assign(place, {item: id, seek: `item-${id}`}) })
    return app.back(visit.path)
  }
  const at = START_AT[lack.what]
  if (at) {
    visit.draft.change(({place}) => { place.seek = at })
    return app.go(`${visit.path}/start`)
  }
  review.asked = true
  app.draw()
  goTo(document.getElementById(lack.what === 'signature' ? `sign-${lack.who}` : lack.what))
}

const START_AT: Partial<Record<Lack['what'], string>> = {
  amend_reason: 'amend-reason', second_visit: 'second-visit', notice: 'notice', reason: 'attempt-note', bodies: 'bodies',
}

function remedies({visit}: Review): unknown {
  const found = findings(visit.record, visit.items, visit.visited)
  if (found.length === 0) return nothing
  return block(say.to_remedy, say.finding_count(found.length),
    html`<ul class="card">${found.map(({item, note: words, due_on, photos}) => html`
    <li class="cell">${icon('cal', 'none')}<div>
      <h3>${item.urgent ? html`<span class="tag">${say.urgent}</span> ` : nothing}
        ${item.refer ? say.referred : words || item.text}</h3>
      <p><b>${say.before_day(dayText(due_on))}</b></p>
      <p><span class="code">${item.id}</span> ${[say.follow_up[item.remediation.follow_up], photos && say.photos(photos)].filter(Boolean).join(', ')}</p></div></li>`)}</ul>`)
}

function commitmentBlock({visit, commitment, app}: Review): TemplateResult {
  const record = commitment?.value.record
  const done = record && unfinished(record) === null
  const known = visit.establishment?.summary.commitment
  const holds = !done && known && known.valid_until >= app.today
  const words = done ? commitmentWords(record, app.today)
    : holds ? say.commitment_signed(dayText(known.signed_on)) : say.commitment_none
  return block(say.commitment_of(app.today.slice(0, 4)), nothing, html`<div class="card">
    <div class="cell">${icon((done && !record.refusal) || holds ? 'done' : 'none', done || holds ? 'ok' : 'none')}<div>
    <h3>${words}</h3><a class="lnk" href="${visit.path}/commitment">${done ? say.commitment_look : commitment ? say.commitment_resume
      : holds ? say.commitment_again : say.commitment_open}</a></div></div></div>`)
}

function action(review: Review): TemplateResult {
  const all = lacks(review)
  const answers = all.filter(lack => lack.what === 'answer')
  const first = all[0]
  const {total} = counts(review.visit.items, review.visit.record.answers)
  if (!first) return html`<p>${say.finish_hint}</p><button class="btn" type="button" ?disabled=${review.busy}
    @click=${() => void close(review)}>${review.busy ? say.finishing : say.finish}</button>`
  if (answers.length) return html`<p>${say.finish_needs(total)}</p><button class="btn" type="button"
    @click=${() => fix(review, answers[0]!)}>${say.answer_missing(answers.length)}</button>`
  const item = 'item' in first ? first.item : 'finding' in first && review.visit.findings.find(({id}) => id === first.finding)?.item
  const words = item ? `${say.missing[first.what]} ${item}` : lackWords(review, first)
  return html`<button class="btn" type="button" @click=${() => fix(review, first)}>${say.fill_in(words)}</button>`
}

/** Signs the record, and with it the commitment that was signed at this visit. */
async function close(review: Review): Promise<void> {
  const {app, visit, commitment} = review
  review.busy = true
  app.draw()
  await Promise.all([review.representative.flush(), review.inspector.flush()])
  const pointless = visit.unasked.map(item => item.id)
  if (pointless.length) visit.draft.change(({record}) => { for (const item of pointless) delete record.answers[item] })
  const together = commitment && unfinished(commitment.value.record) === null ? [commitment as OpenDraft as OpenDraft] : []
  if (commitment && together.length === 0) await app.attempt(() => dropDraft(app.store, commitment.id))
  if (lacks(review).length || !await finish(app, visit.path, [visit.draft as OpenDraft as OpenDraft, ...together])) {
    review.busy = false
    app.draw()
  }
}
