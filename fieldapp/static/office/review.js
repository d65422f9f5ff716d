// @ts-check
// Reading records one after another: J and K move, Ctrl+Enter accepts.

const page = /** @type {HTMLElement} */ (document.querySelector('.rev'))
const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-decide]'))

addEventListener('keydown', event => {
  const typing = /** @type {HTMLElement} */ (event.target).closest('input:not([type=checkbox]), textarea, select')
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const accept = /** @type {HTMLButtonElement | null} */ (form?.querySelector('[value=accepted]') ?? null)
    if (accept) { event.preventDefault(); form?.requestSubmit(accept) }
    return
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return
  const to = event.key.toLowerCase() === 'j' ? page.dataset.following : event.key.toLowerCase() === 'k' ? page.dataset.preceding : undefined
  if (to) location.assign(to)
})

// the list scrolls to where we are, the page stays
const here = /** @type {HTMLElement | null} */ (document.querySelector('.rev-list [aria-current]'))
const list = here?.closest('.rev-list')
if (here && list) list.scrollTop = here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2

export {}
