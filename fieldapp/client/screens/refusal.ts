// Somebody who will not sign: the reason in their words and a witness. The record is kept all the same.

import {html, type TemplateResult} from 'lit-html'
import type {OpenDraft} from '../store/drafts'
import {setRefusal} from '../store/pictures'
import type {Inspection} from '../store/shapes'
import {icon} from '../ui/icons'
import {centre} from '../ui/scroll'
import {say} from '../ui/strings'
import {line, words} from '../widgets/text'

type Refusal = NonNullable<Inspection['refusal']>
const NONE: Refusal = {reason: '', witness_name: '', witness_role: ''}

// What was written before it was folded up by mistake: opened again it is there.
const folded = new WeakMap<OpenDraft, Refusal>()

/** asked: what is missing is marked. */
export function refusalFold(title: string, draft: OpenDraft, asked: boolean): TemplateResult {
  const {refusal} = draft.value.record
  const now = refusal ?? NONE
  const set = (fields: Partial<Refusal>) => setRefusal(draft, {...now, ...fields})
  const toggled = (event: Event) => {
    const {open} = event.target as HTMLDetailsElement
    if (open === (refusal !== null)) return
    if (refusal) folded.set(draft, refusal)
    setRefusal(draft, open ? folded.get(draft) ?? NONE : null)
    centre(event.target as Element)          // what stood above it has gone, or is there again
  }
  const missing = (value: string) => asked && refusal && !value.trim() ? say.needed : null
  return html`<details class="card fold" id="refusal" ?open=${refusal !== null} @toggle=${toggled}>
    <summary>${title}${icon('fwd')}</summary><div class="fold__in">
    ${words({id: 'refusal-reason', label: say.refusal_reason, value: now.reason, bad: missing(now.reason),
      change: reason => set({reason})})}
    <div class="pair">${line({id: 'witness', label: say.witness, value: now.witness_name, bad: missing(now.witness_name),
      change: witness_name => set({witness_name})})}
      ${line({id: 'witness-role', label: say.witness_role, value: now.witness_role,
        change: witness_role => set({witness_role})})}</div>
    <p class="hint">${say.refusal_kept}</p></div></details>`
}
