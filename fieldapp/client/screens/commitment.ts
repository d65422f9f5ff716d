// The owner's commitment: read at reading size, then signed, or refused with a reason. Within a visit it waits to be
// signed together with the inspection record; on its own it is finished here.

import {html, nothing, type TemplateResult} from 'lit-html'
import {createRef, ref, type Ref} from 'lit-html/directives/ref.js'
import {dayText} from '../rules/days'
import {openDraft, startCommitment, type CommitmentDraft, type OpenDraft} from '../store/drafts'
import {StoreError} from '../store/errors'
import type {Commitment} from '../store/shapes'
import {icon} from '../ui/icons'
import {badLine, bar, block} from '../ui/parts'
import type {App, Opener, Screen} from '../ui/screen'
import {say} from '../ui/strings'
import {options} from '../widgets/choice'
import type {SignatureField} from '../widgets/signature'
import {line} from '../widgets/text'
import {openAlbum, type Album} from './album'
import {finish} from './finishing'
import {dropLink, dropUntouched} from './leaving'
import {noticeBlock} from './notice'
import {paper} from './paper'
import {draftSignature, openPictures} from './pictures'
import {holdPlace} from './place'
import {refusalFold} from './refusal'
import {openVisit, type Visit} from './visit'

interface Signing {
  app: App
  draft: OpenDraft<CommitmentDraft>
  visit: Visit | null              // at which it is signed
  change: (recipe: (record: Commitment) => void) => void
  album: Album
  signature: SignatureField
  sheet: Ref<HTMLElement>          // where signing begins
  big: boolean
  reading: boolean
  asked: boolean
}

/** /app/c/:id — on its own. */
export const openCommitment: Opener = async (app, {id}) => {
  const draft = await openDraft(app.store, id!)
  if (draft.value.kind !== 'commitment') throw new StoreError('not_here')
  return screen(app, draft as OpenDraft<CommitmentDraft>, null)
}

/** /app/i/:id/commitment — at a visit. */
export const openCommitmentAtVisit: Opener = async (app, {id}) => {
  const visit = await openVisit(app, id!)
  return screen(app, await startCommitment(app.store, visit.record.establishment, visit.draft.id), visit)
}

/** What still keeps a commitment from being finished; null = nothing. */
export function unfinished({refusal, signer, signature, scans}: Commitment): 'refusal' | 'signer' | 'signature' | null {
  if (refusal) return refusal.reason.trim() && refusal.witness_name.trim() ? null : 'refusal'
  if (!signer.name.trim()) return 'signer'
  return signature || scans.length ? null : 'signature'
}

function screen(app: App, draft: OpenDraft<CommitmentDraft>, visit: Visit | null): Screen {
  const pictures = openPictures(app.store, app.draw)
  const signing: Signing = {
    app, draft, visit, album: openAlbum(app, pictures, draft), big: false, reading: unfinished(draft.value.record) !== null, asked: false,
    sheet: createRef<HTMLElement>(), change: recipe => draft.change(({record}) => recipe(record)),
    signature: draftSignature(app, draft, 'representative', pictures),
  }
  const unsubscribe = draft.subscribe(app.draw)
  const place = holdPlace(visit?.draft ?? draft, visit ? 'commitment' : 'alone')
  const arrived = new IntersectionObserver(entries => {
    if (signing.reading && entries.some(entry => entry.isIntersecting)) {
      signing.reading = false
      app.draw()
    }
  }, {rootMargin: '0px 0px -35% 0px'})
  return {
    get title() { return say.commitment_title },
    get saving() { return draft.saving },
    head: () => head(signing),
    body: () => html`${paper(app, draft.value.record, signing.big)}<div id="sheet" ${ref(signing.sheet)}>${sheet(signing)}</div>`,
    act: () => signing.reading ? onward(signing) : confirm(signing),
    entered() {
      place.entered()
      if (signing.sheet.value) arrived.observe(signing.sheet.value)
    },
    close() {
      arrived.disconnect()
      place.close()
      unsubscribe()
      signing.signature.close()
      pictures.close()
      if (!visit) dropUntouched(app, draft)     // at a visit it goes with the visit
    },
  }
}

function parentOf({draft, visit}: Signing): string {
  return visit?.path ?? `/app/e/${draft.value.establishment}`
}

function head(signing: Signing): TemplateResult {
  const toggle = () => {
    signing.big = !signing.big
    signing.app.draw()
  }
  return bar(parentOf(signing), say.commitment_title, nothing, '',
    html`<button class="lnk" type="button" aria-pressed=${signing.big} @click=${toggle}>${icon('big')}${say.big}</button>`)
}

function sheet(signing: Signing): TemplateResult {
  const {app, draft, change, visit, asked} = signing
  const {record} = draft.value
  return html`<div class="form">
    ${visit ? nothing : noticeBlock(app, record.notice, notice => change(it => { it.notice = notice }))}
    ${record.refusal ? nothing : signer(signing)}
    ${refusalFold(say.not_signing, draft, asked)}
    ${visit ? nothing : dropLink(app, draft, `/app/c/${draft.id}`)}</div>`
}

function signer(signing: Signing): TemplateResult {
  const {app, draft, change, asked} = signing
  const {signer: who, signature, scans, facts} = draft.value.record
  const capacities = (['owner', 'responsible', 'authorised'] as const).map(value => ({
    value, label: say.capacity[value], small: value === 'owner' ? facts.representative : ''}))
  const choose = (capacity: Commitment['signer']['capacity']) => change(it => {
    if (capacity === 'owner' && !it.signer.name.trim()) it.signer.name = it.facts.representative
    if (capacity !== 'owner' && it.signer.name === it.facts.representative) it.signer.name = ''
    it.signer.capacity = capacity
  })
  const bad = asked && !signature && scans.length === 0
  return html`${options('capacity', say.signer, capacities, who.capacity, choose)}
    ${line({id: 'signer', label: say.signer_name, value: who.name, bad: asked && !who.name.trim() ? say.needs_signer : null,
      change: name => change(it => { it.signer.name = name })})}
    <section><div class="blk__h"><h2>${say.signature}</h2><p>${dayText(app.today)}</p></div>
      ${signing.signature.template(signature, who.name, bad)}${bad ? badLine('signature-bad', say.needs_signature) : nothing}
      <p class="hint">${say.sign_hint}</p></section>
    ${block(say.paper_copy, nothing, signing.album.strip(scans, say.paper_copy_hint, {class: 'document'}))}`
}

function refused({value}: OpenDraft<CommitmentDraft>): boolean { return value.record.refusal !== null }

function onward({sheet: at}: Signing): TemplateResult {
  return html`<button class="btn" type="button"
    @click=${() => at.value?.scrollIntoView()}>${say.read_on}${icon('down')}</button>`
}

function confirm(signing: Signing): TemplateResult {
  const {app, draft, visit} = signing
  const press = async () => {
    await signing.signature.flush()
    const missing = unfinished(draft.value.record)
    if (missing) {
      signing.asked = true
      app.draw()
      document.querySelector('.form [aria-invalid="true"], .pad--bad')?.scrollIntoView({block: 'center'})
    } else if (visit) {
      const {notice} = visit.record
      const {signer} = draft.value.record
      signing.change(it => { it.notice = notice })
      visit.draft.change(({record}) => { if (!refused(draft)) record.representative ??= {...signer} })
      if (visit.items.every(item => visit.record.answers[item.id])) app.go(`${visit.path}/review`, {replace: true})
      else app.back(visit.path)
    } else {
      await finish(app, `/app/c/${draft.id}`, [draft])
    }
  }
  const label = draft.value.record.refusal ? say.confirm_refusal : visit ? say.keep_for_visit : say.confirm_signature
  return html`<button class="btn" type="button" @click=${press}>${label}</button>`
}

