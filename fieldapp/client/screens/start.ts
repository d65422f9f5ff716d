// The face of the app: opens the screen of each address, draws it, and tells what the store and the exchange report.

import {render} from 'lit-html'
import type {Exchange} from '../exchange/exchange'
import {localDay, USUAL_ZONE} from '../rules/days'
import {StoreError} from '../store/errors'
import type {Change} from '../store/feed'
import {outboxCounts} from '../store/outbox'
import {currentPerson} from '../store/people'
import {areas, currentChecklist, unit} from '../store/replica'
import type {Day, Instant} from '../store/shapes'
import type {Store} from '../store/store'
import {frame, type Safety} from '../ui/frame'
import {putSprite} from '../ui/icons'
import {match, openRouter, type Router} from '../ui/router'
import type {App, Commune, Opener, Screen, Toast} from '../ui/screen'
import {watchHead} from '../ui/scroll'
import {recallDisplay, say} from '../ui/strings'
import {openBehind, type Behind} from './behind'
import {cutOffAt, noteHere} from './resume'
import {followers, openRecord, preparations, prepareVisit, routes} from './routes'
import {openSignIn} from './sign_in'
import {openTrouble} from './trouble'

const TOAST_MS = 5_000
const TOAST_WITH_BUTTON_MS = 12_000
const SLOW_MS = 300
const REST_MS = 150
const REOPENED = 'fieldapp.reopened'

/** Failures after which one presses the same button again; after the others the app is best opened anew. */
const AGAIN: readonly string[] = ['storage_full', 'body_too_large', 'file_too_large', 'file_unreadable']

let offered: Toast | null = null
let faceOfNow: Face | null = null

/** Shows the app in `#app`; resolves when the first screen can be used. opened: null = nobody is signed in.
 *  signedIn: called once somebody is. */
export async function start(opened: {store: Store; exchange: Exchange} | null, signedIn: () => void = () => {}): Promise<void> {
  putSprite()
  await recallDisplay()
  const root = document.getElementById('app')!
  // A code scanned on a phone that somebody uses already is for somebody else: to the sign-in screen with it.
  if (opened && location.hash.startsWith('#code=')) history.replaceState(null, '', '/app/sign-in' + location.hash)
  const face = opened && new Face(root, opened.store, opened.exchange)
  if (face) await face.start()
  else await showSignIn(root, signedIn)
  document.documentElement.dataset.ready = '1'
  void prepareVisit().then(() => face?.rehearse())
}

/** A newer app waits: offered, never forced, and not before the person is out of what they are filling in. */
export function offerUpdate(takeOver: () => void): void {
  offered = {text: say.update, label: say.update_now, press: takeOver}
  faceOfNow?.offer()
}

/** The page has lost the phone's storage; a new one finds it, and goes on where this one was. */
export function reopen(): void {
  try { sessionStorage.setItem(REOPENED, '1') } catch { /* then without a word */ }
  location.reload()
}

/** The phone's storage could not be opened: nothing is lost, and opening the app anew may help. */
export async function startFailed(failure: unknown): Promise<void> {
  console.error(failure)
  putSprite()
  await recallDisplay()
  const screen = openTrouble('trouble')
  document.title = screen.title
  render(frame(screen, null, null, () => {}), document.getElementById('app')!)
}

async function showSignIn(root: HTMLElement, signedIn: () => void): Promise<void> {
  const draw = () => render(frame(screen, null, null, () => {}), root)
  // The app goes on in this page: on a weak signal nobody waits for it to be opened anew.
  const done = () => {
    history.replaceState(null, '', '/app')
    signedIn()
  }
  const screen = await openSignIn({again: null, draw, done})
  document.title = screen.title
  draw()
}

class Face implements App {
  private screen!: Screen
  private path = ''
  private built: readonly Screen[] = []
  private readonly behind: Behind
  private opening = 0
  private resting = 0
  private soon = false             // to be drawn, once the next frame is painted
  private toast: Toast | null = null
  private toastTimer = 0
  private safety: Safety
  private known: Commune | null = null
  private offset = 0
  private readonly router: Router

  constructor(private readonly root: HTMLElement, readonly store: Store, readonly exchange: Exchange) {
    this.safety = {counts: {waiting: 0, quarantined: 0, files_waiting: 0, rechecking: 0}, exchange: exchange.state}
    this.behind = openBehind(this, () => this.screen, screen => this.drawWith(screen))
    this.router = openRouter((path, y) => void this.show(path, y))
  }

  async start(): Promise<void> {
    faceOfNow = this
    await Promise.all([this.learnCommune(), this.count(), this.setClock()])
    this.store.feed.subscribe(change => void this.changed(change))
    document.addEventListener('pointerdown', ({target}) => this.prepare(target as Element), {passive: true})
    addEventListener('unhandledrejection', event => this.tellFailure(event.reason))
    this.root.addEventListener('change', this.goneOn)
    const cutOff = await cutOffAt(this.store)
    await new Promise<void>(shown => {
      this.firstShown = shown
      this.router.start(cutOff)
    })
    watchHead()
    this.sayReopened()
  }

  /** What is typed has come along; a photo on its way to the disk has not. */
  private sayReopened(): void {
    try {
      if (sessionStorage.getItem(REOPENED)) this.tell({text: say.reopened, label: say.close})
      sessionStorage.removeItem(REOPENED)
    } catch { /* a browser without storage */ }
  }

  /** Tells of the newer app on one of the three places; anywhere else it waits until the person is back there. */
  offer(): void {
    if (offered && this.screen?.place) this.tell(offered)
  }

  private firstShown: () => void = () => {}

  get commune(): Commune {
    if (!this.known) throw new StoreError('not_here')
    return this.known
  }

  get communeKnown(): boolean { return this.known !== null }

  get zone(): string { return this.known?.unit.time_zone ?? USUAL_ZONE }

  get today(): Day { return localDay(Date.now() + this.offset, this.zone) }

  now(): Instant { return new Date(Date.now() + this.offset).toISOString() }

  draw = (): void => { this.drawWith(null) }

  /** behind: a screen behind this one that is drawn as well. */
  private drawWith(behind: Screen | null): void {
    this.soon = false
    if (!this.screen) return
    render(frame(this.screen, this.safety, this.toast, this.dismiss, this.built, behind), this.root)
  }

  drawSoon = (): void => {
    if (this.soon) return
    this.soon = true
    requestAnimationFrame(() => setTimeout(() => { if (this.soon) this.draw() }))
  }

  go(path: string, options?: {replace?: boolean}): void { this.router.go(path, options) }
  back(parent: string): void { this.router.back(parent) }
  leaveFlow(prefix: string, path: string): void { this.router.leaveFlow(prefix, path) }

  tell(toast: Toast): void {
    clearTimeout(this.toastTimer)
    this.toast = toast
    this.toastTimer = window.setTimeout(this.dismiss, toast.label ? TOAST_WITH_BUTTON_MS : TOAST_MS)
    this.draw()
  }

  private readonly dismiss = (): void => {
    clearTimeout(this.toastTimer)
    this.toast = null
    this.draw()
  }

  /** The next answer says that the last one needs no undoing, and the word over the dock would only be in the way. */
  private readonly goneOn = (): void => { if (this.toast?.label === say.undo) this.dismiss() }

  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.tellFailure(error)
      return undefined
    }
  }

  private tellFailure(error: unknown): void {
    console.error(error)
    const code = error instanceof StoreError ? error.code : null
    const text = (code && say.store_error[code]) ?? say.trouble_text
    if (code && AGAIN.includes(code)) this.tell({text, label: say.close})
    else this.tell({text, label: say.reload, press: () => location.reload()})
  }

  private async show(path: string, y: number | null): Promise<void> {
    const mine = ++this.opening
    const slow = setTimeout(() => this.tell({text: say.opening}), SLOW_MS)
    const screen = await this.behind.again(path) ?? await this.open(path)
    clearTimeout(slow)
    if (mine !== this.opening) return this.built.includes(screen) ? undefined : screen.close?.()
    const former = this.screen as Screen | undefined
    if (this.toast?.text === say.opening) this.toast = null
    former?.close?.()
    if (former) this.behind.leave(this.path, former)
    // Before the field that has the cursor goes behind, or it would be laid out there once more to lose it.
    if (former) document.getElementById('main')?.focus({preventScroll: true})
    this.putInFront(screen, path)
    noteHere(path)
    document.title = screen.title
    scrollTo(0, y ?? screen.scroll ?? 0)
    screen.entered?.()
    if (former?.place !== screen.place) this.offer()
    this.firstShown()
    clearTimeout(this.resting)
    this.resting = window.setTimeout(() => this.read(followers, path), REST_MS)
  }

  /** The screen before it stands behind until this one is painted: clearing away takes as long as a good part of a frame. */
  private putInFront(screen: Screen, path: string): void {
    const others = this.built.filter(one => one !== screen && (one === this.screen || one.stays))
    this.built = this.built.includes(screen) ? this.built.filter(one => one === screen || others.includes(one)) : [screen, ...others]
    this.screen = screen
    this.path = path
    this.draw()
    requestAnimationFrame(() => setTimeout(() => {
      const kept = this.built.filter(one => one === this.screen || (one.stays && !this.screen.stays))
      if (kept.length === this.built.length) return
      this.built = kept
      this.draw()
    }))
  }

  /** Draws the first establishment of the list where nobody sees it: what a template costs once is paid while nobody waits. */
  async rehearse(): Promise<void> {
    const row = this.root.querySelector<HTMLAnchorElement>('a.row[href^="/app/e/"]')
    const screen = row && await this.open(row.pathname)
    if (screen) render([screen.head(), screen.body(), screen.act?.()], document.createElement('div'))
  }

  /** A finger is down for a tenth of a second before it has tapped. */
  private prepare(touched: Element): void {
    const link = touched.closest<HTMLAnchorElement>('a[href^="/app/"]')
    if (link) this.read(preparations, link.pathname)
  }

  private read(what: typeof preparations, path: string): void {
    const found = match(what, path)
    found?.value(this, found.params).catch(() => undefined)      // told when it is opened
  }

  private async open(path: string): Promise<Screen> {
    const found = match<Opener>(routes, path)
    try {
      return found ? await found.value(this, found.params) : openTrouble('not_found')
    } catch (error) {
      const code = error instanceof StoreError ? error.code : 'storage_failed'
      // A draft that was signed meanwhile is shown as what it has become.
      if (code === 'draft_gone') return openRecord(this, found!.params).catch(() => openTrouble('not_found'))
      if (code !== 'storage_failed') return openTrouble('not_found')
      console.error(error)
      return openTrouble('trouble')
    }
  }

  private async changed(change: Change): Promise<void> {
    if (change.what === 'exchange') this.safety = {...this.safety, exchange: change.state}
    if (change.what === 'session' && (await currentPerson())?.id !== this.store.person.id) return location.replace('/app')
    if (change.what === 'outbox') await this.count()
    if (change.what === 'replica' && ['unit', 'area', 'checklist'].includes(change.kind)) await this.learnCommune()
    if (change.what === 'drafts') this.follow(change)
    this.behind.missed(change)
    await this.screen?.changed?.(change)
    this.drawSoon()
  }

  /** The draft on the screen has got another id, or has gone to another phone: said, with where one is now. */
  private follow({moved = [], left = []}: Change & {what: 'drafts'}): void {
    const here = (id: string) => location.pathname.split('/').includes(id)
    for (const [from, to] of moved) if (here(from)) this.go(location.pathname.replace(from, to), {replace: true})
    if (moved.length) this.tell({text: say.draft_beside})
    if (!left.length) return
    if (left.some(here)) this.go('/app', {replace: true})
    this.tell({text: say.draft_left})
  }

  private async count(): Promise<void> {
    this.safety = {...this.safety, counts: await outboxCounts(this.store)}
  }

  private async learnCommune(): Promise<void> {
    const [known, all, checklist] = await Promise.all([unit(this.store), areas(this.store), currentChecklist(this.store)])
    this.known = known && {unit: known, areas: new Map(all.map(area => [area.id, area])), checklist}
  }

  private async setClock(): Promise<void> {
    this.offset = Date.parse(await this.store.now()) - Date.now()
  }
}
