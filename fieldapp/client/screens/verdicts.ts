// What the office says of what this person handed in, wherever it is shown: on a record, an establishment, the lists.

import {html, nothing, type TemplateResult} from 'lit-html'
import {dayText} from '../rules/days'
import type {Decision, LostValue, Returned, Told} from '../store/verdicts'
import {asClause, capital, note} from '../ui/parts'
import {say} from '../ui/strings'

/** On a record: returned, voided, mended, replaced; what the office did not take. Nothing where there is nothing to say.
 *  amend: opens the draft of an amendment; absent where the person may not amend it. */
export function toldNote({review, repair}: Told, decision: Decision | null, amend?: () => void): TemplateResult | typeof nothing {
  if (decision?.decision === 'dismissed') return dismissedNote(decision)
  return html`${review?.state === 'voided' ? note('late', 'late', say.office_voided, html`<p>${say.office_voided_text(asClause(review.remark))}</p>`)
    : review?.amended_by ? note('calm', 'doc', say.office_amended)
      : review?.state === 'returned' ? note('due', 'warn', say.office_returned, html`<p>${say.office_returned_text(review.remark)}</p>
        ${amend ? html`<p>${say.office_returned_then}</p><p class="note__acts"><button class="lnk" type="button" @click=${amend}>${say.amend}</button></p>`
          : nothing}`) : nothing}
    ${repair ? note('due', 'pen', say.office_mended,
      html`<p>${say.office_mended_text(keyWords([...Object.keys(repair.fields), ...repair.dropped]), asClause(repair.reason))}</p>`) : nothing}
    ${review?.day ? note('due', 'cal', say.office_day(dayText(review.day))) : nothing}`
}

function dismissedNote({by, reason}: Decision): TemplateResult {
  return note('late', 'late', say.office_dismissed, html`<p>${say.office_dismissed_text(by, reason)}</p><p>${say.why_kept}</p>`)
}

/** The records that came back, each a link to where it is amended. name: of a record, where the note stands. */
export function returnedNote(returned: readonly Returned[], name: (one: Returned) => string): TemplateResult | typeof nothing {
  if (returned.length === 0) return nothing
  return note('due', 'warn', say.office_returned_count(returned.length), html`<ul>${returned.map(one => html`
    <li><a class="lnk" href="/app/r/${one.id}">${name(one) || say.record.inspection}</a><p>${one.review?.remark ?? ''}</p></li>`)}</ul>`)
}

/** On an establishment: values of this person's that do not stand. What was taken after all needs no word. */
export function lostNote(lost: readonly LostValue[]): TemplateResult | typeof nothing {
  const worth = lost.filter(one => one.decision !== 'taken')
  if (worth.length === 0) return nothing
  return note('due', 'warn', say.office_lost(worth.length), html`<ul>${worth.map(one => html`<li>${lostLine(one)}</li>`)}</ul>`)
}

function lostLine({field, value, by, decision}: LostValue): string {
  const [name, shown] = [capital(say.fields[field] ?? field), value === null || value === '' ? '—' : String(value)]
  if (decision === 'left') return say.office_lost_left(name, shown)
  return decision === 'typed' ? say.office_lost_typed(name, shown) : say.office_lost_open(name, shown, by)
}

function keyWords(keys: string[]): string {
  return [...new Set(keys)].map(key => say.record_keys[key] ?? say.fields[key] ?? key).join(', ')
}
