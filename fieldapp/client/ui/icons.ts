// One sprite for the whole app, drawn on a 24-unit grid. States are told apart by shape first, colour only repeats it.

import {html, type TemplateResult} from 'lit-html'

const symbols = {
  back: '<path d="M15 5l-7 7 7 7"/>',
  big: '<path d="M3 18 7.5 6 12 18M4.6 14h5.8M18 8v8M14 12h8"/>',
  cal: '<rect x="4" y="5.5" width="16" height="15" rx="2"/><path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
  cam: '<path d="M4 8h3.4l1.6-2.6h6L16.6 8H20v11H4Z"/><circle cx="12" cy="13" r="3.3"/>',
  doc: '<path d="M6 3.5h8.5L19 8v12.5H6ZM14 3.5V8.5h5M9.5 13h6M9.5 16.5h4"/>',
  done: '<circle cx="12" cy="12" r="9" fill="currentColor"/>',
  down: '<path d="M12 5v14M6 13l6 6 6-6"/>',
  draft: '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 0 0 17Z" fill="currentColor"/>',
  due: '<circle cx="12" cy="12" r="8.5"/><path d="M12 12V3.5A8.5 8.5 0 0 1 20.5 12Z" fill="currentColor"/>',
  find: '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
  fwd: '<path d="m9 6 6 6-6 6"/>',
  late: '<path d="M12 2.2 21.8 12 12 21.8 2.2 12Z" fill="currentColor"/><path class="k" d="M12 7.2v5.6M12 16.4v.2"/>',
  later: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.2 2"/>',
  list: '<path d="M9 6h11M9 12h11M9 18h11"/><path d="m3.5 6 .9.9L6 5.2M3.5 12l.9.9L6 11.2M3.5 18l.9.9L6 17.2"/>',
  lock: '<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
  na: '<path d="M6 12h12"/>',
  near: '<path d="M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11Z"/><circle cx="12" cy="10" r="2.2"/>',
  no: '<path d="M6 6l12 12M18 6 6 18"/>',
  none: '<circle cx="12" cy="12" r="8.5"/>',
  off: '<path d="M12 2.8 4.5 5.6v5.6c0 4.6 3.1 8.2 7.5 10 4.4-1.8 7.5-5.4 7.5-10V5.6Z"/><path d="M12 8v5M12 16v.2"/>',
  out: '<path d="M12 15V4M7.5 8 12 3.5 16.5 8M5 14v6h14v-6"/>',
  pen: '<path d="M4.5 19.5 5.5 15 15.5 5a2 2 0 0 1 3.5 3.5L9 18.5ZM13.5 7l3.5 3.5"/>',
  person: '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  safe: '<path d="M12 2.8 4.5 5.6v5.6c0 4.6 3.1 8.2 7.5 10 4.4-1.8 7.5-5.4 7.5-10V5.6Z"/><path d="m8.6 11.8 2.5 2.5 4.4-4.6"/>',
  shop: '<path d="M4 10v10h16V10M3 10l2-6h14l2 6a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0ZM10 20v-5h4v5"/>',
  tel: '<path d="M6 3.5h3.2l1.6 4.3-2 1.6a12 12 0 0 0 5.8 5.8l1.6-2 4.3 1.6V18a2.5 2.5 0 0 1-2.7 2.5A15.5 15.5 0 0 1 3.5 6.2 2.5 2.5 0 0 1 6 3.5Z"/>',
  undo: '<path d="M8 5 4 9l4 4M4 9h9.5a5.5 5.5 0 0 1 0 11H9"/>',
  wait: '<path d="M20 11A8 8 0 0 0 6 6.3L4 8.2M4 4v4.3h4.3M4 13a8 8 0 0 0 14 4.7l2-1.9M20 20v-4.3h-4.3"/>',
  warn: '<path d="M12 3.5 22 20.5H2Z"/><path d="M12 10v4.6M12 17.4v.2"/>',
  yes: '<path d="m5 12.6 4.6 4.6L19 7.4"/>',
} satisfies Record<string, string>

export type IconName = keyof typeof symbols

/** Puts all shapes into the document, once; `icon` refers to them. Without lit, which would take its time over each. */
export function putSprite(): void {
  if (document.querySelector('.sprite')) return
  const shapes = Object.entries(symbols).map(([name, shape]) => `<symbol id="i-${name}" viewBox="0 0 24 24">${shape}</symbol>`)
  document.body.insertAdjacentHTML('afterbegin', `<svg class="sprite" aria-hidden="true">${shapes.join('')}</svg>`)
}

/** A shape beside a word; never alone, so it is hidden from screen readers. */
export function icon(name: IconName, extra = ''): TemplateResult {
  return html`<svg class="i ${extra}" aria-hidden="true"><use href="#i-${name}"></use></svg>`
}

/** The small size, for running text and chips. */
export function smallIcon(name: IconName, extra = ''): TemplateResult {
  return html`<svg class="i-s ${extra}" aria-hidden="true"><use href="#i-${name}"></use></svg>`
}
