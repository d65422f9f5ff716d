// @ts-check
// The search box of every page: "/" goes there, suggestions come while one types, arrows choose, Enter opens.

const form = /** @type {HTMLFormElement} */ (document.querySelector('form.find'))
const input = /** @type {HTMLInputElement} */ (form.querySelector('input[type=search]'))
const list = /** @type {HTMLElement} */ (form.querySelector('#found'))
const icons = document.querySelector('.rail use')?.getAttribute('href')?.split('#')[0] ?? ''
const PAUSE_MS = 90

/** @typedef {{icon: string, title: string, detail: string, address: string}} Found */

/** @type {Found[]} */
let found = []
let chosen = -1
let asked = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

input.setAttribute('role', 'combobox')
input.setAttribute('aria-controls', 'found')
input.setAttribute('aria-autocomplete', 'list')
close()

function close() {
  list.hidden = true
  chosen = -1
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

/** @param {Found} one @param {number} n */
function option(one, n) {
  const item = document.createElement('li')
  item.id = 'found-' + n
  item.setAttribute('role', 'option')
  item.setAttribute('aria-selected', 'false')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'ic')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', icons + '#' + one.icon)
  svg.append(use)
  const title = document.createElement('span')
  title.textContent = one.title
  const detail = document.createElement('small')
  detail.textContent = one.detail
  item.append(svg, title, detail)
  item.addEventListener('mousedown', event => { event.preventDefault(); location.assign(one.address) })
  return item
}

function show() {
  list.replaceChildren(...found.map(option))
  if (!found.length) {
    const nothing = document.createElement('li')
    nothing.className = 'nothing'
    nothing.setAttribute('role', 'option')
    nothing.setAttribute('aria-disabled', 'true')
    nothing.textContent = 'Không tìm thấy; thử gõ ít chữ hơn'
    list.append(nothing)
  }
  chosen = -1
  list.hidden = false
  input.setAttribute('aria-expanded', 'true')
}

/** @param {number} to */
function choose(to) {
  list.children[chosen]?.setAttribute('aria-selected', 'false')
  chosen = (to + found.length) % found.length
  list.children[chosen]?.setAttribute('aria-selected', 'true')
  list.children[chosen]?.scrollIntoView({block: 'nearest'})
  input.setAttribute('aria-activedescendant', 'found-' + chosen)
}

async function suggest() {
  const text = input.value.trim()
  const mine = ++asked
  if (!text) return close()
  const answer = await fetch(form.dataset.suggest + '?' + new URLSearchParams({q: text}), {headers: {Accept: 'application/json'}}).catch(() => null)
  if (mine !== asked || !answer?.ok || answer.redirected) return
  found = await answer.json()
  show()
}

input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(suggest, PAUSE_MS) })
input.addEventListener('blur', close)
input.addEventListener('keydown', event => {
  if (event.key === 'Escape') { event.stopPropagation(); close(); input.blur() }
  if (list.hidden || !found.length) return
  if (event.key === 'ArrowDown') { event.preventDefault(); choose(chosen + 1) }
  if (event.key === 'ArrowUp') { event.preventDefault(); choose(chosen < 0 ? found.length - 1 : chosen - 1) }
  const one = found[chosen]
  if (event.key === 'Enter' && one) { event.preventDefault(); location.assign(one.address) }
})

addEventListener('keydown', event => {
  const target = /** @type {HTMLElement} */ (event.target)
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select')) return
  event.preventDefault()
  input.focus()
  input.select()
})

export {}
