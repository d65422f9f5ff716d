// Drafts as rows: where each came from, how far it is, and whether the office keeps a copy.

import {html, type TemplateResult} from 'lit-html'
import type {DraftSummary} from '../store/drafts'
import {icon} from '../ui/icons'
import type {App} from '../ui/screen'
import {say, when} from '../ui/strings'
import {resumePath} from './resume'

/** The address at which a draft goes on. */
function draftPath({id, draft}: DraftSummary): string {
  if (draft.kind === 'inspection') return resumePath(draft)
  return draft.record.inspection ? `/app/i/${draft.record.inspection}/commitment` : `/app/c/${id}`
}

/** Where a draft came from, or "". */
export function originOf({from}: DraftSummary): string {
  return !from ? '' : from.person ? say.draft_given(from.person) : say.draft_from(from.device)
}

/** named: with the name of the establishment, where the list is not its own. */
export function draftRow(app: App, draft: DraftSummary, {named}: {named: boolean}): TemplateResult {
  const moment = (at: string) => when(at, app.zone, app.today)
  const kept = draft.kept_at === null ? say.draft_not_kept : draft.kept ? say.draft_kept
    : say.draft_newer(moment(draft.kept_at))
  const name = named ? draft.draft.record.facts.name : ''
  return html`<li><a class="row" href=${draftPath(draft)}>${icon('draft', 'go')}
    <span><span class="row__name">${[say.entry[draft.kind], name].filter(Boolean).join(', ')}</span>
      <span class="row__meta">${[moment(draft.updated_at), originOf(draft), kept].filter(Boolean).join(', ')}</span></span></a></li>`
}
