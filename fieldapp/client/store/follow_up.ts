// What a visit tells about findings of earlier visits: one event each, queued together with the record.

import {newId} from './digest'
import type {FindingEvent, Inspection, OpenFinding, Remedy, RemedyResult} from './shapes'
import {APP} from './version'

/** How a finding was found, with the finding as it stands now: a signed record is read without the one before it. */
export function remedyOf({item, note, text, due_on}: OpenFinding, result: RemedyResult, before?: Remedy): Remedy {
  return {note: '', files: [], ...before, item, finding: note || text, due_on, result}
}

/** The events that an inspection brings about, in the order of the findings. A follow-up judges each of them; at a whole
 *  visit the answer to the same item does.
 *  signed: the inspection as it is signed. open: what earlier visits left open. */
export function findingEvents(signed: Inspection, open: readonly OpenFinding[]): FindingEvent[] {
  if (signed.outcome !== 'conducted' || signed.amends) return []
  return open.flatMap((finding): FindingEvent[] => {
    const remedy = signed.kind === 'follow_up' ? signed.remedies?.[finding.id] : answered(signed, finding)
    if (!remedy || !finding.inspection) return []
    const photos = Object.fromEntries(remedy.files.flatMap(file => signed.photos[file] ? [[file, signed.photos[file]]] : []))
    return [{
      id: newId(), finding: finding.id, inspection: finding.inspection, establishment: signed.establishment,
      author: signed.author, event: 'evidence', at: signed.ended_at,
      how: signed.mode === 'on_site' ? 'on_site' : finding.follow_up === 'dossier' ? 'dossier' : 'photo',
      conclusion: remedy.result, due_on: null, note: remedy.note, document_no: '', visit: signed.id, photos, app: APP,
    }]
  })
}

function answered({answers}: Inspection, {item}: OpenFinding): Remedy | undefined {
  const answer = answers[item]
  if (answer?.a !== 'dat' && answer?.a !== 'khong_dat') return undefined
  const {note, files, a} = answer
  return {item, note, files, result: a === 'dat' ? 'remedied' : 'not_remedied'}
}
