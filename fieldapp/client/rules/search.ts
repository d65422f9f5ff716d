// Finding establishments as people type: "khach san mau" finds "Khách sạn Mẫu", words in any order.

/** Lower case, marks stripped, đ as d, spaces collapsed. fieldapp/folding.py does the same. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('đ', 'd').normalize('NFD').replace(/\p{Mn}/gu, '').trim().replace(/\s+/g, ' ')
}

/** What was typed, as words to find; none for an empty query. */
export function wordsOf(typed: string): string[] {
  return fold(typed).split(' ').filter(Boolean)
}

/** Whether each of the words is in one of two folded texts. */
export function holds(words: readonly string[], text: string, beside = ''): boolean {
  return words.every(word => text.includes(word) || beside.includes(word))
}
