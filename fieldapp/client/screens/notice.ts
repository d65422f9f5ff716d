// The notice to the owner about these data: who collects what, why, how long, whom to ask. That it was read is recorded.

import {html, nothing, type TemplateResult} from 'lit-html'
import {localTime} from '../rules/days'
import type {Inspection} from '../store/shapes'
import {icon} from '../ui/icons'
import type {App} from '../ui/screen'
import {say} from '../ui/strings'
import {tick} from '../widgets/choice'

type Read = Inspection['notice']

export function noticeBlock(app: App, read: Read, change: (read: Read) => void): TemplateResult {
  const {notice, time_zone} = app.commune.unit
  const readAt = read ? say.notice_at(localTime(read.read_at, time_zone)) : nothing
  return html`<fieldset id="notice"><legend class="h2">${say.notice}</legend>
    <div class="opts"><details class="card fold"><summary>${icon('doc')}${say.notice_open}${icon('fwd')}</summary>
      <div class="fold__in"><dl class="asks">${notice.points.map(({question, answer}) => html`<div><dt>${question}</dt>
        <dd>${answer}</dd></div>`)}</dl></div></details>
    ${tick(say.notice_read, read !== null, checked => change(checked ? {version: notice.version, read_at: app.now()} : null),
      readAt)}</div></fieldset>`
}
