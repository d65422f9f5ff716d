// @ts-check
// Forms: Ctrl+S saves, mistakes come into view, a second press does nothing, and what was typed outlives a failure.

const FORMS = 'form[data-keep]'
const KEY = 'typed:'

/** @typedef {Record<string, string>} Typed */

/** @param {HTMLFormElement} form */
const keyOf = form => KEY + location.pathname + '#' + [...document.querySelectorAll(FORMS)].indexOf(form)

/** Fields whose text may be kept: never passwords, files, tokens or what the page itself filled in.
 * @param {HTMLFormElement} form
 * @returns {(HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement)[]} */
function fields(form) {
  return /** @type {any[]} */ ([...form.elements]).filter(one =>
    one.name && !['password', 'file', 'hidden', 'submit', 'button'].includes(one.type))
}

/** @param {any} field @returns {string} */
const now = field => field.type === 'checkbox' ? String(field.checked) : field.value

/** @param {any} field @returns {string} */
function before(field) {
  if (field.type === 'checkbox') return String(field.defaultChecked)
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.options].find(option => option.defaultSelected) ?? field.options[0]
    return chosen ? chosen.value : ''
  }
  return field.defaultValue
}

/** @param {HTMLFormElement} form */
function keep(form) {
  /** @type {Typed} */
  const typed = {}
  for (const field of fields(form)) if (now(field) !== before(field)) typed[field.name] = now(field)
  if (Object.keys(typed).length) sessionStorage.setItem(keyOf(form), JSON.stringify(typed))
  else sessionStorage.removeItem(keyOf(form))
}

/** @param {HTMLFormElement} form */
function fillAgain(form) {
  const kept = sessionStorage.getItem(keyOf(form))
  if (!kept || document.querySelector('#problems, .err')) return
  /** @type {Typed} */
  const typed = JSON.parse(kept)
  for (const field of fields(form)) {
    const value = typed[field.name]
    if (value === undefined) continue
    if (field instanceof HTMLInputElement && field.type === 'checkbox') field.checked = value === 'true'
    else field.value = value
  }
  tell(form)
}

/** @param {HTMLFormElement} form */
function tell(form) {
  const line = document.createElement('div')
  line.className = 'told told-warn'
  line.setAttribute('role', 'status')
  const text = document.createElement('p')
  text.textContent = 'Đã điền lại những gì anh/chị gõ dở lần trước, chưa lưu vào sổ.'
  const drop = document.createElement('button')
  drop.type = 'button'
  drop.className = 'btn btn-s'
  drop.textContent = 'Bỏ phần gõ dở'
  drop.addEventListener('click', () => {
    form.reset()
    sessionStorage.removeItem(keyOf(form))
    line.remove()
  })
  line.append(text, drop)
  form.before(line)
}

/** A page that is neither this form nor a failure means the form arrived, or was left on purpose. */
function forget() {
  if (document.querySelector('[data-failure], .gate')) return
  const here = KEY + location.pathname + '#'
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(KEY) && !(key.startsWith(here) && document.querySelector(FORMS))) sessionStorage.removeItem(key)
  }
}

forget()
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(FORMS))) {
  fillAgain(form)
  form.addEventListener('input', () => keep(form))
  form.addEventListener('submit', () => keep(form))
}
for (const leave of document.querySelectorAll('[data-leave]')) {
  leave.addEventListener('click', () => {
    const form = leave.closest('form')
    if (form) sessionStorage.removeItem(keyOf(form))
  })
}

for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', event => {
    if (form.getAttribute('aria-busy') === 'true') return event.preventDefault()
    if (tooLarge(/** @type {HTMLFormElement} */ (form))) return event.preventDefault()
    form.setAttribute('aria-busy', 'true')
  })
}
addEventListener('pageshow', () => document.querySelectorAll('form[aria-busy]').forEach(form => form.removeAttribute('aria-busy')))

/** Says so before a long upload that the server would refuse.
 * @param {HTMLFormElement} form */
function tooLarge(form) {
  const limit = Number(form.dataset.upload ?? 0)
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector('input[type=file]'))
  const size = input?.files?.[0]?.size ?? 0
  if (!input || !limit || size <= limit * 1048576) return false
  input.setCustomValidity(`Tệp lớn hơn ${limit} MB. Hãy chia nhỏ hoặc bỏ bớt trang tính.`)
  input.reportValidity()
  input.addEventListener('change', () => input.setCustomValidity(''), {once: true})
  return true
}

addEventListener('keydown', event => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-main]'))
  if (!form) return
  event.preventDefault()
  form.requestSubmit()
})

const problems = /** @type {HTMLElement | null} */ (document.querySelector('[data-focus]'))
problems?.focus()

for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('details.who, details.menu'))) {
  document.addEventListener('click', event => { if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false })
  menu.addEventListener('keydown', event => { if (event.key === 'Escape') { menu.open = false; menu.querySelector('summary')?.focus() } })
}

// A long register is offered as one types: the field's list holds only what fits.
const offered = /** @type {HTMLDataListElement | null} */ (document.querySelector('datalist[data-places]'))
let asked = 0
offered && document.addEventListener('input', async event => {
  const field = /** @type {HTMLInputElement} */ (event.target)
  const text = field.value.trim()
  if (field.getAttribute('list') !== offered.id || !text || text.includes(' · ')) return
  const mine = ++asked
  const answer = await fetch(`${offered.dataset.places}?q=${encodeURIComponent(text)}`).catch(() => null)
  if (mine !== asked || !answer?.ok) return
  offered.replaceChildren(...(/** @type {string[]} */ (await answer.json())).map(name => new Option('', name)))
})

export {}
