import { format, getFormatDateInfo, isDateFormat } from 'numfmt'
import type { CellKind } from './cells.ts'

/** Excel's own limit; what is longer is no format. */
const MAX_PATTERN = 255
/** 9999-12-31, the last day that has a number. */
const MAX_SERIAL = 2_958_465
/** Days from the first day of the system that begins in 1904 back to that of 1900. */
const DAYS_TO_1904 = 1462

/** A number as a sheet shows it; empty where its format hides it. */
export interface ShownNumber { text: string, kind: CellKind }

interface Compiled { pattern: string, isDate: boolean, hasDay: boolean, isWholeDate: boolean, hasTime: boolean, hasSeconds: boolean }

/**
 * Shows numbers in the formats of a workbook (ECMA-376, part 1, 18.8.31). A date with day, month and year is written as
 * 1899-09-18 whatever its format, since the order of its parts and the century would be lost; other years have four digits.
 */
export class NumberFormats {
  readonly #uses1904: boolean
  readonly #compiled = new Map<string, Compiled>()

  constructor(uses1904: boolean) {
    this.#uses1904 = uses1904
  }

  show(value: number, pattern: string): ShownNumber {
    if (!Number.isFinite(value)) return { text: String(value), kind: 'other' }
    const compiled = this.#compile(pattern)
    if (compiled.isDate) return this.#date(value, compiled)
    return { text: compiled.pattern === '' ? general(value) : safely(compiled.pattern, value), kind: 'number' }
  }

  #compile(pattern: string): Compiled {
    const known = this.#compiled.get(pattern)
    if (known) return known
    const compiled = compile(pattern)
    this.#compiled.set(pattern, compiled)
    return compiled
  }

  #date(value: number, { pattern, hasDay, isWholeDate, hasTime, hasSeconds }: Compiled): ShownNumber {
    const serial = this.#uses1904 && hasDay ? value + DAYS_TO_1904 : value
    if (serial < 0 || serial >= MAX_SERIAL + 1) return { text: general(value), kind: 'number' }
    if (!isWholeDate) return { text: safely(pattern, serial), kind: 'date' }
    return { text: safely(hasTime ? `yyyy-mm-dd hh:mm${hasSeconds ? ':ss' : ''}` : 'yyyy-mm-dd', serial), kind: 'date' }
  }
}

function compile(pattern: string): Compiled {
  const plain = { isDate: false, hasDay: false, isWholeDate: false, hasTime: false, hasSeconds: false }
  if (/^(?:general)?$/i.test(pattern) || pattern.length > MAX_PATTERN) return { pattern: '', ...plain }
  // Blanks of a sign's width and fillings are for the eye.
  const bare = replaceOutsideQuotes(pattern, /[_*][^]/g, '')
  try {
    if (!isDateFormat(bare)) return { pattern: bare, ...plain }
    const { year, month, day, hours, minutes, seconds } = getFormatDateInfo(bare)
    return {
      pattern: replaceOutsideQuotes(bare, /y+/gi, 'yyyy'),
      isDate: true, hasDay: year || month || day, isWholeDate: year && month && day, hasTime: hours || minutes || seconds, hasSeconds: seconds,
    }
  }
  catch {
    return { pattern: '', ...plain }
  }
}

function replaceOutsideQuotes(pattern: string, what: RegExp, by: string): string {
  return pattern.replace(/("[^"]*"|\\[^])|([^"\\]+)/g, (_, quoted: string | undefined, bare: string) => quoted ?? bare.replace(what, by))
}

/** All digits that a double can hold, and no more. */
function general(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(15)))
}

function safely(pattern: string, value: number): string {
  try {
    const text = format(pattern, value, { throws: true, nbsp: false, leap1900: true })
    return /^#+$/.test(text) ? general(value) : text
  }
  catch {
    return general(value)
  }
}
