// @ts-check
// Lists: the server filters and sorts; this asks it while one types, brings further rows while one scrolls, and moves
// through rows by keyboard. Without it the same list works by links and Enter.

const list = /** @type {HTMLElement} */ (document.querySelector('[data-list]'))
const filter = /** @type {HTMLInputElement | null} */ (list?.querySelector('.filter input[type=search]') ?? null)
const rows = /** @type {HTMLElement | null} */ (list?.querySelector('[data-rows]') ?? null)
const body = /** @type {HTMLTableSectionElement | null} */ (rows?.querySelector('tbody') ?? null)
const live = list?.querySelector('[data-filter]') !== null
const PAUSE_MS = 110
const bulk = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-bulk]'))
const boxes = () => /** @type {HTMLInputElement[]} */ ([...(body?.querySelectorAll('input[type=checkbox]') ?? [])])
const every = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-all]'))

let asked = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
/** @type {HTMLTableRowElement | null} */
let current = null

const shown = () => /** @type {HTMLTableRowElement[]} */ ([...(body?.rows ?? [])].filter(row => !row.classList.contains('meta')))
const meta = () => /** @type {HTMLElement | null} */ (body?.querySelector('tr.meta:last-of-type td') ?? null)

/** @param {string} address @param {boolean} more */
async function ask(address, more) {
  const mine = ++asked
  body?.setAttribute('aria-busy', 'true')
  const answer = await fetch(address, {headers: {'X-Part': 'rows'}}).catch(() => null)
  if (mine !== asked || !body) return
  body.removeAttribute('aria-busy')
  if (!answer?.ok || answer.redirected) return location.assign(address)
  const text = await answer.text()
  meta()?.parentElement?.remove()
  if (more) body.insertAdjacentHTML('beforeend', text)
  else { body.innerHTML = text; current = null; rows?.scrollTo(0, 0) }
  settle()
}

/** Brings what stands around the rows in line with them. */
function settle() {
  const facts = meta()?.dataset
  if (!facts || !list) return
  const number = new Intl.NumberFormat('vi-VN')
  const count = list.querySelector('[data-count]')
  const all = count?.textContent?.split('/')[1] ?? ''
  if (count) count.textContent = `${number.format(Number(facts.total))}/${all}`
  const nothing = /** @type {HTMLElement | null} */ (list.querySelector('[data-nothing]'))
  if (nothing) nothing.hidden = facts.total !== '0'
  const exported = list.querySelector('[data-exported]')
  if (exported) exported.textContent = exported.textContent?.replace(/: [\d.]+ dòng/, `: ${number.format(Number(facts.total))} dòng`) ?? ''
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (list.querySelectorAll('[data-export]'))) {
    const to = link.dataset.export === 'csv' ? facts.csv : facts.xlsx
    if (to) link.href = to
  }
  const more = /** @type {HTMLAnchorElement | null} */ (list.querySelector('[data-more]'))
  if (facts.next && !more) {
    const line = document.createElement('p')
    line.className = 'more'
    line.innerHTML = '<a class="btn" data-more>Xem tiếp</a>'
    rows?.append(line)
  }
  const link = /** @type {HTMLAnchorElement | null} */ (list.querySelector('[data-more]'))
  if (link) {
    link.closest('p')?.toggleAttribute('hidden', !facts.next)
    link.href = facts.next ?? ''
    link.textContent = `Xem tiếp từ dòng ${number.format(Number(facts.until) + 1)}`
    if (facts.next) watch.observe(link)
  }
  choose()
}

const watch = new IntersectionObserver(seen => {
  const link = /** @type {HTMLAnchorElement | undefined} */ (seen.find(one => one.isIntersecting)?.target)
  if (!link || body?.getAttribute('aria-busy') === 'true') return
  watch.unobserve(link)
  const next = meta()?.dataset.next
  if (next) void ask(next, true)
}, {root: rows && getComputedStyle(rows).maxHeight !== 'none' ? rows : null, rootMargin: '400px'})

if (live && filter) {
  filter.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const form = /** @type {HTMLFormElement} */ (filter.form)
      const query = new URLSearchParams(/** @type {any} */ (new FormData(form)))
      if (!filter.value) query.delete('q')
      const address = form.action.split('?')[0] + (query.size ? '?' + query : '')
      history.replaceState(null, '', address)
      keepQuery(filter.value)
      void ask(address, false)
    }, PAUSE_MS)
  })
  settle()
}

/** Chips, headers and the column menu keep the words typed into the filter. @param {string} text */
function keepQuery(text) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (list.querySelectorAll('a.chip, a[data-sort]'))) {
    const address = new URL(link.href)
    if (text) address.searchParams.set('q', text)
    else address.searchParams.delete('q')
    link.href = address.href
  }
}

// ---- rows by keyboard ----

/** @param {number} step */
function move(step) {
  const all = shown()
  if (!all.length) return
  const at = current ? all.indexOf(current) : -1
  current?.classList.remove('cur')
  current = all[Math.max(0, Math.min(all.length - 1, at + step))] ?? null
  current?.classList.add('cur')
  const link = current?.querySelector('a')
  link?.focus({preventScroll: true})
  current?.scrollIntoView({block: 'nearest'})
}

addEventListener('keydown', event => {
  const target = /** @type {HTMLElement} */ (event.target)
  const typing = target.closest('input:not([type=checkbox]), textarea, select, .find')
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'Escape' && filter && (target === filter || !typing) && (filter.value || location.search.includes('only='))) {
    event.preventDefault()
    const clear = /** @type {HTMLAnchorElement | null} */ (list.querySelector('a.chip'))
    const address = new URL(clear?.href ?? location.href)
    address.searchParams.delete('q')
    location.assign(address.href)
  } else if (event.key === 'ArrowDown' && (!typing || target === filter)) { event.preventDefault(); move(1) }
  else if (event.key === 'ArrowUp' && !typing) { event.preventDefault(); move(-1) }
  else if (typing) return
  else if (event.key.toLowerCase() === 'f') { event.preventDefault(); filter?.focus(); filter?.select() }
  else if (event.key === ' ' && current && target.closest('tr') === current) {
    const box = /** @type {HTMLInputElement | null} */ (current.querySelector('input[type=checkbox]'))
    if (box && target !== box) { event.preventDefault(); box.checked = !box.checked; choose() }
  }
})
body?.addEventListener('focusin', event => {
  const row = /** @type {HTMLElement} */ (event.target).closest('tr')
  if (!row || row === current) return
  current?.classList.remove('cur')
  current = /** @type {HTMLTableRowElement} */ (row)
  current.classList.add('cur')
})

// ---- several rows at once ----


function choose() {
  if (!bulk) return
  const all = boxes()
  const marked = all.filter(box => box.checked).length
  bulk.hidden = marked === 0
  const words = bulk.querySelector('[data-chosen]')
  if (words) words.textContent = `Đã chọn ${marked} cơ sở`
  if (every) { every.checked = marked > 0 && marked === all.length; every.indeterminate = marked > 0 && marked < all.length }
}
body?.addEventListener('change', choose)
every?.addEventListener('change', () => { for (const box of boxes()) box.checked = every.checked; choose() })
bulk?.querySelector('[data-clear]')?.addEventListener('click', () => { for (const box of boxes()) box.checked = false; choose() })
addEventListener('pageshow', choose)

export {}
