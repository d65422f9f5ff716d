import {expect, test} from 'vitest'
import {en} from '../../fieldapp/client/ui/strings.en'
import {vi} from '../../fieldapp/client/ui/strings.vi'
import {syncEn} from '../../fieldapp/client/ui/strings.sync.en'
import {syncVi} from '../../fieldapp/client/ui/strings.sync.vi'
import {visitVi} from '../../fieldapp/client/ui/strings.visit.vi'
import {activityEn, activityVi} from '../../fieldapp/client/ui/strings.activity'

const PAIRS: [string, object, object][] = [
  ['app', {...vi, ...visitVi}, en], ['sync', syncVi, syncEn], ['activity', activityVi, activityEn]]

/** What stands in both languages alike: forms without a word in them. */
const ALIKE = ['code', 'number', 'storage_of', 'of_total', 'position_taken', 'office_dismissed_text', 'row_draft', 'nation', 'motto']
const ENGLISH = /\b(the|this|phone|office|record|photo|press|signed|saved|draft|sync|server|update|offline|online|checklist)\b/i

/** Every text and every sentence-making function, by its way through the object. */
function leaves(words: object, way = ''): Map<string, unknown> {
  return new Map(Object.entries(words).flatMap(([key, value]) => typeof value === 'object' && value !== null
    ? [...leaves(value, `${way}${key}.`)] : [[way + key, value] as const]))
}

/** What a function says of made-up facts: never thrown at, always a text. */
function said(value: unknown): string {
  return typeof value === 'function' ? String(value(...Array.from({length: value.length}, () => '7'))) : String(value)
}

test.each(PAIRS)('%s: both languages have the same words', (_name, vietnamese, english) => {
  expect([...leaves(vietnamese).keys()].sort()).toEqual([...leaves(english).keys()].sort())
})

test.each(PAIRS)('%s: nothing is left untranslated', (_name, vietnamese, english) => {
  const others = leaves(english)
  for (const [key, value] of leaves(vietnamese)) {
    expect.soft(typeof others.get(key), key).toBe(typeof value)
    expect.soft(said(value), key).not.toMatch(ENGLISH)
    if (!ALIKE.some(one => key.split('.').includes(one))) expect.soft(said(value), key).not.toBe(said(others.get(key)))
  }
})
