// The order of Vietnamese names: a ă â b c d đ e ê …, tones after letters, numbers by value. By hand: only making an
// Intl.Collator holds a cheap phone up for a twentieth of a second at every start.

const SHAPES: Record<string, string> = {'\u0306': '1', '\u0302': '2', '\u031b': '3'}   // ă, â ê ô, ơ ư come in this order
const TONES = ['\u0300', '\u0309', '\u0303', '\u0301', '\u0323']                      // huyền, hỏi, ngã, sắc, nặng

interface Key { letters: string; tones: string }

function keyOf(name: string): Key {
  let letters = ''
  let tones = ''
  for (const [part] of name.toLowerCase().normalize('NFD').matchAll(/\d+|[^\d]/gu)) {
    const tone = TONES.indexOf(part)
    if (tone >= 0) tones = tones.slice(0, -1) + (tone + 1)
    else if (part in SHAPES) letters = letters.slice(0, -1) + SHAPES[part]
    else {
      letters += /\d/.test(part) ? part.padStart(9, '0') : part === 'đ' ? 'd4' : /\p{L}/u.test(part) ? part + '0' : ' '
      tones += '0'
    }
  }
  return {letters, tones}
}

/** The entries in the order of their names. */
export function byName<T extends {name: string}>(entries: readonly T[]): T[] {
  const keyed = entries.map(entry => ({entry, ...keyOf(entry.name)}))
  return keyed.sort((a, b) => compare(a.letters, b.letters) || compare(a.tones, b.tones)).map(({entry}) => entry)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
