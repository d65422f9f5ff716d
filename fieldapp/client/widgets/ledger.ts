// A long list by groups. A group, and within it every few rows, is rendered when it comes near the screen and keeps
// about the room it needs until then, so that five thousand rows cost no more than the few one sees.

import {html, nothing, render, type ElementPart, type TemplateResult} from 'lit-html'
import {Directive, directive, type DirectiveResult} from 'lit-html/directive.js'

export interface Group<T> {
  key: string
  title: string
  aside?: string                   // a quiet word beside the title
  count: string                    // "1/4 đã kiểm tra"
  progress?: {done: number; total: number; label: string}
  rows: readonly T[]
}

const CHUNK = 6
const EAGER_REM = 32               // enough for the first screen of a phone
const NEAR = '900px 0px'
const ROW_REM = 5.9
const HEADING_REM = 3
const SOON_MS = 150

/** The groups, each with its hairline. row: the template of one row, an `<li>`. question: what was searched and
 *  filtered for; with another one, what is out of sight is forgotten. */
export function ledger<T>(question: string, groups: readonly Group<T>[],
  row: (entry: T, group: Group<T>) => TemplateResult): TemplateResult {
  const starts = startsOf(groups)
  const section = (group: Group<T>, n: number) => {
    const content = () => html`${chunks(group.rows).map((rows, m) => html`
      <ul class="rows near chunk ${m === 0 ? 'rows--first' : ''}"
        ${near({question, key: `${group.key}/${m}`, rem: rows.length * ROW_REM}, () => html`${rows.map(entry => row(entry, group))}`,
          starts[n]! + HEADING_REM + m * CHUNK * ROW_REM < EAGER_REM ? 'now' : 'near')}></ul>`)}`
    return html`<section aria-labelledby="g-${group.key}">${heading(group)}<div class="near"
      ${near({question, key: group.key, rem: group.rows.length * ROW_REM}, content, starts[n]! < EAGER_REM ? 'now' : 'near')}></div></section>`
  }
  // The groups below the first screen wait until it is painted.
  const first = starts.filter(start => start < EAGER_REM).length
  const below = groups.slice(first)
  const room = below.reduce((rem, group) => rem + roomOf(group), 0)
  return html`${groups.slice(0, first).map(section)}<div class="near"
    ${near({question, key: '', rem: room}, () => html`${below.map((group, n) => section(group, first + n))}`,
      below.length > 0 ? 'soon' : 'now')}></div><div class="end"></div>`
}

/** How far down each group begins. */
function startsOf<T>(groups: readonly Group<T>[]): number[] {
  let rem = 0
  return groups.map(group => (rem += roomOf(group)) - roomOf(group))
}

function roomOf<T>({rows}: Group<T>): number {
  return HEADING_REM + rows.length * ROW_REM
}

function heading<T>({key, title, aside, count, progress}: Group<T>): TemplateResult {
  return html`<div class="grp__h"><h2 id="g-${key}">${title}</h2>${aside ? html`<p>${aside}</p>` : nothing}<p>${count}</p></div>
    ${progress ? html`<progress class="hair" value=${progress.done} max=${Math.max(1, progress.total)}
      aria-label=${progress.label}></progress>`
      : html`<div class="hair"></div>`}`
}

function chunks<T>(rows: readonly T[]): (readonly T[])[] {
  const parts: (readonly T[])[] = []
  for (let at = 0; at < rows.length; at += CHUNK) parts.push(rows.slice(at, at + CHUNK))
  return parts
}

/** rem: about how much room it needs. */
interface Place { question: string; key: string; rem: number }
interface Waiting { place: Place; content: () => TemplateResult; shown: boolean }
const known = new WeakMap<Element, Waiting>()
let observer: IntersectionObserver | null = null

// What came out higher or lower than expected, kept so that coming back finds the same line at the same place.
const heights = new Map<string, number>()

const keyOf = ({question, key}: Place) => `${question}|${key}`

function roomFor(place: Place): string {
  const measured = heights.get(keyOf(place))
  return measured ? `${measured}px` : `${place.rem}rem`
}

/** Remembers how high everything that was rendered is. Called before the list makes way for another screen. */
export function rememberHeights(): void {
  heights.clear()
  for (const element of document.querySelectorAll<HTMLElement>('.near')) {
    const waiting = known.get(element)
    if (waiting?.shown) heights.set(keyOf(waiting.place), element.offsetHeight)
  }
}

function show(element: HTMLElement, waiting: Waiting): void {
  waiting.shown = true
  element.style.minHeight = ''
  render(waiting.content(), element)
}

function watch(element: Element): void {
  observer ??= new IntersectionObserver(entries => {
    for (const {isIntersecting, target} of entries) {
      const waiting = known.get(target)
      if (!isIntersecting || !waiting) continue
      observer!.unobserve(target)
      if (!waiting.shown) show(target as HTMLElement, waiting)
    }
  }, {rootMargin: NEAR})
  observer.observe(element)
}

/** Fills its element with the content now, once it is near the screen, or soon in any case; until then it is about as high. */
class NearDirective extends Directive {
  override render(_place: Place, _content: () => TemplateResult, _when: 'now' | 'near' | 'soon'): unknown {
    return nothing
  }

  override update(part: ElementPart, [place, content, when]: Parameters<this['render']>): unknown {
    const element = part.element as HTMLElement
    const waiting = known.get(element) ?? {place, content, shown: false}
    known.set(element, waiting)
    const anew = waiting.place.question !== place.question
    Object.assign(waiting, {place, content})
    // Set through the object model: the page's policy forbids style attributes only.
    const room = roomFor(place)
    if (element.classList.contains('chunk')) element.style.containIntrinsicSize = `auto ${room}`
    if (when === 'now' || (waiting.shown && !anew)) {
      show(element, waiting)
    } else {
      if (waiting.shown) render(nothing, element)
      waiting.shown = false
      element.style.minHeight = room
      watch(element)
      if (when === 'soon') setTimeout(() => { if (!waiting.shown && waiting.place === place) show(element, waiting) }, SOON_MS)
    }
    return nothing
  }
}

const near: (...values: Parameters<NearDirective['render']>) => DirectiveResult = directive(NearDirective)
