// Everything the app says, in the person's language. `say` is a live binding: templates read it while they render, so
// a change of language needs no more than drawing again.

import {dayText, daysBetween, localDay, localTime} from '../rules/days'
import type {Day, Instant} from '../store/shapes'
import {vi, type Strings} from './strings.vi'

export type Language = Strings['code']
export type TextSize = 'normal' | 'large' | 'largest'
export const TEXT_SIZES: readonly TextSize[] = ['normal', 'large', 'largest']

export let say = vi as Strings

const LANGUAGE_KEY = 'fieldapp.language'
const TEXT_KEY = 'fieldapp.text'

/** Speaks a language from now on and remembers it on this phone. English is fetched when it is asked for; where that
 *  fails, Vietnamese stays. */
export async function speak(language: Language): Promise<void> {
  say = language === 'en' ? await import('./strings.en').then(({en}) => en, () => say) : vi as Strings
  document.documentElement.lang = say.code
  remember(LANGUAGE_KEY, say.code)
}

export function textSize(): TextSize {
  return (document.documentElement.dataset.text as TextSize | undefined) ?? 'normal'
}

export function setTextSize(size: TextSize): void {
  document.documentElement.dataset.text = size
  remember(TEXT_KEY, size)
}

/** Language and text size as they were chosen on this phone. */
export async function recallDisplay(): Promise<void> {
  const size = recall(TEXT_KEY) as TextSize
  setTextSize(TEXT_SIZES.includes(size) ? size : 'normal')
  if (recall(LANGUAGE_KEY) === 'en') await speak('en')
}

// A browser may refuse storage altogether; the display is no reason to fail.
function remember(key: string, value: string): void {
  try { localStorage.setItem(key, value) } catch { /* shown now, forgotten at the next start */ }
}

function recall(key: string): string | null {
  try { return localStorage.getItem(key) } catch { return null }
}

/** A person's or body's word in the language that is spoken. */
export function word(entry: {vi: string; en: string} | undefined, otherwise = ''): string {
  return entry ? (say.code === 'en' && entry.en) || entry.vi : otherwise
}

/** "15:38 hôm nay", or "15:38 ngày 05/03/2026" on another day. */
export function when(at: Instant, timeZone: string, today: Day): string {
  const day = localDay(at, timeZone)
  const time = localTime(at, timeZone)
  return day === today ? say.at_today(time) : say.at_day(time, dayText(day))
}

/** "Thứ Năm, 12/03/2026". */
export function dayLine(day: Day): string {
  return `${say.weekdays[new Date(day + 'T00:00:00Z').getUTCDay()]}, ${dayText(day)}`
}

/** How a deadline stands: "Quá hạn 7 ngày" or "Còn 3 ngày". */
export function dueWord(due: Day, today: Day): string {
  const days = daysBetween(today, due)
  return days < 0 ? say.late_by(-days) : say.due_in(days)
}

const UNITS = [['GB', 2 ** 30, 1], ['MB', 2 ** 20, 1], ['KB', 2 ** 10, 0]] as const

/** A size in bytes as "1,8 MB". */
export function size(bytes: number): string {
  const [unit, whole, digits] = UNITS.find(([, least]) => bytes >= least) ?? UNITS[2]
  const locale = say.code === 'vi' ? 'vi-VN' : 'en-GB'
  const shown = digits === 0 ? Math.ceil(bytes / whole) : bytes / whole        // a small record is not nothing
  return `${shown.toLocaleString(locale, {minimumFractionDigits: digits, maximumFractionDigits: digits})} ${unit}`
}
