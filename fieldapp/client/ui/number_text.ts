// Whole numbers in words' company: "1.234" in Vietnamese, "1,234" in English.

/** How a language writes whole numbers. By hand: only making an Intl.NumberFormat holds a cheap phone up for a tenth of a
 *  second, and that at every start. mark: between thousands. */
export function numberText(mark: '.' | ','): (value: number) => string {
  return value => String(value).replace(/\B(?=(?:\d{3})+$)/g, mark)
}

const english = numberText(',')

/** "1 photo", "2 photos". */
export function englishCount(count: number, one: string, many = one + 's'): string {
  return `${english(count)} ${count === 1 ? one : many}`
}
