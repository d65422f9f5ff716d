// Whole numbers in English, and in words' company: "1,234", "1 photo", "2 photos".

export function numberText(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

export function englishCount(count: number, one: string, many = one + 's'): string {
  return `${numberText(count)} ${count === 1 ? one : many}`
}
