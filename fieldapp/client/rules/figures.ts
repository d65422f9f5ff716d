// Whether the counts of a visit make sense: remarks that warn and never block, for the person at the door knows better.

import type {ChecklistFigure, Facts, Inspection} from '../store/shapes'

/** What the register holds of a figure, by the figure's id in the shipped checklist. */
const IN_REGISTER: Record<string, 'employees' | 'employees_with_contract' | 'rooms'> = {
  N01: 'employees', N02: 'employees_with_contract', N06: 'rooms',
}
const FAR = 3                      // times more or less than the register says
const FEW = 3                      // below which such a difference means nothing

type FigureRemark = {what: 'more_than_whole'; whole: number} | {what: 'far_from_register'; registered: number}

/** What the register says of a figure on the day of the visit, or null. */
export function registered(figure: string, facts: Facts): number | null {
  const field = IN_REGISTER[figure]
  return field === undefined ? null : facts[field]
}

/** What to look at again in a figure; null = nothing. A blank is no answer and remarks nothing. */
export function figureRemark({id, max_of}: ChecklistFigure, figures: Inspection['figures'], facts: Facts): FigureRemark | null {
  const value = figures[id]
  if (typeof value !== 'number') return null
  const whole = max_of === null ? undefined : figures[max_of]
  if (typeof whole === 'number' && value > whole) return {what: 'more_than_whole', whole}
  const known = registered(id, facts)
  const [less, more] = known === null ? [0, 0] : [Math.min(value, known), Math.max(value, known)]
  return known !== null && more - less >= FEW && more > FAR * less ? {what: 'far_from_register', registered: known} : null
}

type FieldDifferences = Partial<Record<'employees' | 'employees_with_contract' | 'rooms', number>>

/** The fields of the register that the counted figures differ from. */
export function differencesFromRegister(figures: Inspection['figures'], facts: Facts): FieldDifferences {
  const found: FieldDifferences = {}
  for (const [id, field] of Object.entries(IN_REGISTER)) {
    const value = figures[id]
    if (typeof value === 'number' && value !== facts[field]) found[field] = value
  }
  return found
}
