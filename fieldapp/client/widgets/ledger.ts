// A long list by groups. Rows are rendered by the chunk, each when it comes near the screen, so that five thousand rows
// cost no more than the few one sees; a chunk not yet rendered keeps about the room it will need.

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

const CHUNK = 24
const EAGER_ROWS = 14              // enough for the first screen of a phone
const NEAR = '900px 0px'
const ROW_REM = 5.9

/** The groups, each with its hairline. row: the template of one row, an `<li>`. */
export function ledger<T>(groups: readonly Group<T>[], row: (entry: T, group: Group<T>) => TemplateResult): TemplateResult {
  let before = 0
  return html`${groups.map(group => {
    const first = before
    before += group.rows.length
    return html`<section aria-labelledby="g-${group.key}">${heading(group)}${chunks(group.rows).map((rows, n) => html`
      <ul class="rows chunk ${n === 0 ? 'rows--first' : ''}" ${chunk(rows, entry => row(entry as T, group), first + n * CHUNK < EAGER_ROWS)}></ul>`)}</section>`
  })}<div class="end"></div>`
}

function heading<T>({key, title, aside, count, progress}: Group<T>): TemplateResult {
  return html`<div class="grp__h"><h2 id="g-${key}">${title}</h2>${aside ? html`<p>${aside}</p>` : nothing}<p>${count}</p></div>
    ${progress ? html`<progress class="hair" value=${progress.done} max=${Math.max(1, progress.total)} aria-label=${progress.label}></progress>`
      : html`<div class="hair"></div>`}`
}

function chunks<T>(rows: readonly T[]): (readonly T[])[] {
  const parts: (readonly T[])[] = []
  for (let at = 0; at < rows.length; at += CHUNK) parts.push(rows.slice(at, at + CHUNK))
  return parts
}

interface Chunk { rows: readonly unknown[]; row: (entry: unknown) => TemplateResult; shown: boolean }
const known = new WeakMap<Element, Chunk>()
let observer: IntersectionObserver | null = null

function show(element: HTMLElement, chunk: Chunk): void {
  chunk.shown = true
  element.style.minHeight = ''
  render(chunk.rows.map(chunk.row), element)
}

function watch(element: Element): void {
  observer ??= new IntersectionObserver(entries => {
    for (const {isIntersecting, target} of entries) {
      const chunk = known.get(target)
      if (!isIntersecting || !chunk) continue
      observer!.unobserve(target)
      if (!chunk.shown) show(target as HTMLElement, chunk)
    }
  }, {rootMargin: NEAR})
  observer.observe(element)
}

class ChunkDirective extends Directive {
  override render(_rows: readonly unknown[], _row: (entry: unknown) => TemplateResult, _eager: boolean): unknown {
    return nothing
  }

  override update(part: ElementPart, [rows, row, eager]: Parameters<this['render']>): unknown {
    const element = part.element as HTMLElement
    const chunk = known.get(element) ?? {rows, row, shown: false}
    Object.assign(chunk, {rows, row})
    known.set(element, chunk)
    const room = `${rows.length * ROW_REM}rem`
    element.style.containIntrinsicSize = `auto ${room}`   // through the object model: the policy forbids style attributes only
    if (eager || chunk.shown) {
      show(element, chunk)
    } else {
      element.style.minHeight = room
      watch(element)
    }
    return nothing
  }
}

const chunk: (...values: Parameters<ChunkDirective['render']>) => DirectiveResult = directive(ChunkDirective)
