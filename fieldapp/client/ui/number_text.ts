// Whole numbers in words' company: "1.234" in Vietnamese, "1,234" in English.

/** How a language writes whole numbers. Formatting is slow on old phones, and long lists are full of small ones. */
export function numberText(locale: string): (value: number) => string {
  const thousands = new Intl.NumberFormat(locale)
  return value => value < 1000 ? String(value) : thousands.format(value)
}

const english = numberText('en-GB')

/** "1 photo", "2 photos". */
export function englishCount(count: number, one: string, many = one + 's'): string {
  return `${english(count)} ${count === 1 ? one : many}`
}
