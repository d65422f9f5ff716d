// A communication session on its way to the office: saving it queues an op.

import {newId} from './digest'
import {forget, written} from './jottings'
import {enqueue, prepare} from './queue'
import type {Activity, ActivityForm, Day, Uuid} from './shapes'
import type {Store} from './store'
import {APP} from './version'

export const FORMS: readonly ActivityForm[] = ['meeting', 'at_establishment', 'door_to_door', 'leaflet', 'loudspeaker', 'website',
  'social_media', 'other']
const POSTED: readonly ActivityForm[] = ['loudspeaker', 'website', 'social_media']

/** Whether nobody can be counted who read or heard it. */
export function isPost(form: ActivityForm): boolean { return POSTED.includes(form) }

/** What is being typed. */
export interface Jotting {
  form: ActivityForm
  held_on: Day
  area: Uuid | null
  topic: string
  headcount: number | null
  reached: {place: Uuid; workers: number | null}[]
}

/** The form under which it is kept while it is typed. */
export const ACTIVITY = 'activity'

/** Queues a session for the office, and forgets what was typed, in one strict transaction. Raises StoreError. */
export async function recordActivity(store: Store, {form, held_on, area, topic, headcount, reached}: Jotting): Promise<Uuid> {
  const post = isPost(form)
  const workers = new Map<Uuid, number>()
  for (const {place, workers: count} of post ? [] : reached) if (place && count) workers.set(place, (workers.get(place) ?? 0) + count)
  const record: Activity = {
    id: newId(), author: store.person.id, form, held_on, made_at: await store.now(), area, topic: topic.trim(),
    headcount: post ? null : headcount, reached: Object.fromEntries(workers), app: APP,
  }
  const prepared = await prepare(store, {kind: 'activity', record: record.id, establishment: ''}, record)
  await written(store)
  await store.write(['outbox', 'bodies', 'jottings'], async tx => {
    await enqueue(tx, prepared)
    await forget(tx, ACTIVITY)
  }, 'strict')
  store.feed.announce({what: 'outbox', queued: true})
  return record.id
}
