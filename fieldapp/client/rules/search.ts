// Finding establishments as people type: "khach san mau" finds "Khách sạn Mẫu", words in any order.

/** Lower case, marks stripped, đ as d, spaces collapsed. fieldapp/folding.py does the same. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('đ', 'd').normalize('NFD').replace(/\p{Mn}/gu, '').trim().replace(/\s+/g, ' ')
}

export interface Index<T> {
  /** The entries that hold every word of what was typed, in their given order; all of them for an empty query. */
  find(typed: string): T[]
}

/** Folds every entry's text once, so that a key press over thousands of entries answers within a frame. */
export function index<T>(entries: readonly T[], text: (entry: T) => string): Index<T> {
  const folded = entries.map(entry => fold(text(entry)))
  return {
    find(typed) {
      const words = fold(typed).split(' ').filter(Boolean)
      return entries.filter((_, n) => words.every(word => folded[n]!.includes(word)))
    },
  }
}
