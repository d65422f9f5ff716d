// Whole numbers in Vietnamese: "1.234". By hand: only making an Intl.NumberFormat holds a cheap phone up for a tenth of a
// second, and that at every start. English has its own, so that a start needs no part that both share.

export function numberText(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, '.')
}
