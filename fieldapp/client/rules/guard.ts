// A warning, never a block, when free text looks like data about a person: identity numbers, phone numbers, dates of
// birth, words that name workers, guests or health results. Nothing of the rejected text is kept anywhere.

export type Seen = 'identity_number' | 'phone_number' | 'birth_date' | 'word'

interface Remark { seen: Seen; text: string }   // `text`: the words as typed, to show where

// Patterns run on text without marks, where a character stays a character, so that a find can be cut from the original.
const PATTERNS: [Seen, RegExp][] = [
  ['phone_number', /(?:^|[^\d+])((?:\+?84[ .-]?|0)\d(?:[ .-]?\d){8})(?!\d)/g],
  ['identity_number', /(?:^|\D)(\d{3} ?\d{3} ?\d{3}(?: ?\d{3})?)(?!\d)/g],
  ['birth_date', /(?:^|[^a-z])((?:ngay sinh|nam sinh|sinh ngay|sinh nam|sn)[\s:.]*\d{1,4}(?:[/.-]\d{1,4}){0,2})(?!\d)/g],
]

const WORDS = [
  'tiếp viên', 'đối tượng', 'nghi phạm', 'nghi can', 'bán dâm', 'mua dâm', 'người tố giác', 'người tố cáo',
  'cccd', 'cmnd', 'căn cước', 'chứng minh nhân dân', 'hộ chiếu', 'ngày sinh', 'quê quán', 'dân tộc', 'quốc tịch',
  'hiv', 'aids', 'dương tính', 'âm tính', 'giang mai', 'nghiện',
]

/** What a text should be read again for, in the order of the text. Dates of documents and deadlines are not remarked. */
export function guard(text: string): Remark[] {
  const typed = text.normalize('NFC')
  const bare = withoutMarks(typed)
  const places: [from: number, to: number, seen: Seen][] = [...numbers(bare), ...words(typed.toLowerCase(), bare)]
  places.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const remarks: Remark[] = []
  let end = 0
  for (const [from, to, seen] of places) {
    if (from < end) continue
    remarks.push({seen, text: typed.slice(from, to)})
    end = to
  }
  return remarks
}

type Place = [from: number, to: number, seen: Seen]

function numbers(bare: string): Place[] {
  return PATTERNS.flatMap(([seen, pattern]) => [...bare.matchAll(pattern)].map((found): Place => {
    const to = found.index + found[0].length
    return [to - found[1]!.length, to, seen]
  }))
}

function words(typed: string, bare: string): Place[] {
  return WORDS.flatMap(word => occurrences(typed, bare, word).map((from): Place => [from, from + word.length, 'word']))
}

/** Where a word stands, with its marks or typed without any: "đường tỉnh" is not a careless "dương tính". */
function occurrences(typed: string, bare: string, word: string): number[] {
  const plain = withoutMarks(word)
  const found: number[] = []
  for (let at = bare.indexOf(plain); at >= 0; at = bare.indexOf(plain, at + 1)) {
    const original = typed.slice(at, at + word.length)
    const alone = !/[a-z]/.test((bare[at - 1] ?? '') + (bare[at + word.length] ?? ''))
    if (alone && (original === word || original === plain)) found.push(at)
  }
  return found
}

/** Lower case without marks, character by character, so that positions stay. */
function withoutMarks(text: string): string {
  return text.toLowerCase().replaceAll('đ', 'd').replace(/[^\0-\x7f]/g, one => one.normalize('NFD')[0]!)
}
