// A dialog as large as the screen, over a page that is left out of everything meanwhile: style and layout, the way of the
// keyboard, screen readers. A modal one has the browser make a thousand elements inert, each styled anew, there and back.

import {holdHistory} from '../ui/router'

/** Chrome's word for Esc and a phone's back button; elsewhere the keyboard and the history tell. */
declare class CloseWatcher extends EventTarget { destroy(): void }

/** Shows the dialog beside the page. leave: the person wants out, by Esc or by the back button. Returns what takes it away,
 *  and gives the focus back to where it was. */
export function showOver(dialog: HTMLDialogElement, leave: () => void): () => void {
  const page = document.getElementById('app')!
  const focused = document.activeElement as HTMLElement | null
  const watcher = 'CloseWatcher' in globalThis ? new CloseWatcher() : null
  const escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    leave()
  }
  watcher?.addEventListener('close', leave)
  const letHistoryGo = holdHistory(leave)
  addEventListener('keydown', escape)
  document.body.append(dialog)
  if (CSS.supports('content-visibility: hidden')) {
    page.style.containIntrinsicBlockSize = `${page.offsetHeight}px`    // or there would be nothing left to be scrolled
    page.classList.add('app--behind')
    dialog.ariaModal = 'true'
    dialog.show()
  } else {
    dialog.addEventListener('cancel', leave)
    dialog.showModal()
  }
  return () => {
    watcher?.destroy()
    letHistoryGo()
    removeEventListener('keydown', escape)
    page.classList.remove('app--behind')
    page.style.containIntrinsicBlockSize = ''
    dialog.remove()
    focused?.focus({preventScroll: true})
  }
}
