/** A quoted field that is longer has no end: its quotation mark is a sign like any other. */
const MAX_QUOTED = 64 * 1024
/** Quotation marks inside a quoted field that are not doubled, as people write them by hand. */
const MAX_STRAYS = 32
/** Units of one field and fields of one record; what goes on is a further record. */
const MAX_FIELD = 64 * 1024
const MAX_FIELDS = 16_384
const MAX_RECORD = 1024 * 1024

export interface CsvRecord {
  fields: string[]
  /** A line end has come; not so at the end of the text. */
  isComplete: boolean
  /** `unclosed_quote`, `stray_quote`, `long_row`: what had to be mended. */
  repairs: string[]
}

/**
 * Records of a table in plain text (RFC 4180), with any one separator. Line ends inside quotation marks belong to the
 * field. It never holds more than a bounded piece of the text: a quotation mark that nobody closes is taken for a sign of
 * the field, and a record without end is cut.
 */
export function* csvRecords(slices: Iterable<string>, delimiter: string): Generator<CsvRecord> {
  const source = slices[Symbol.iterator]()
  const parser = new RecordParser(delimiter)
  let isEnd = false
  for (;;) {
    const record = parser.next(isEnd)
    if (record) {
      yield record
      continue
    }
    if (isEnd) return
    const slice = source.next()
    if (slice.done) isEnd = true
    else parser.append(slice.value)
  }
}

class RecordParser {
  readonly #delimiter: string
  readonly #fieldEnd: RegExp
  #text = ''
  /** Where the record at hand begins, and how far it has been read. */
  #at = 0
  #fields: string[] = []
  #start = 0
  #repairs: string[] = []
  /** Up to here a search for a closing mark has failed: no field before it is searched again. */
  #literalUntil = 0

  constructor(delimiter: string) {
    this.#delimiter = delimiter
    this.#fieldEnd = new RegExp(`[${delimiter.replace(/[\\\]^-]/g, '\\$&')}\r\n]`, 'g')
  }

  append(slice: string): void {
    this.#text = this.#text.slice(this.#at) + slice
    this.#start -= this.#at
    this.#literalUntil = Math.max(0, this.#literalUntil - this.#at)
    this.#at = 0
  }

  /** The next record, or null where more text is needed or there is none. Fields that were read are not read again. */
  next(isEnd: boolean): CsvRecord | null {
    const text = this.#text
    for (;;) {
      if (this.#at >= text.length) {
        if (!isEnd || (this.#fields.length === 0 && this.#at === this.#start)) return null
        this.#fields.push('')
        return this.#close(this.#at, false)
      }
      const field = this.#quoted(isEnd) ?? this.#plain(this.#at, isEnd)
      if (field === 'more') return null
      this.#fields.push(field.value)
      const sign = text[field.end]
      if (sign === undefined) return this.#close(field.end, false)
      if (sign === '\n') return this.#close(field.end + 1, true)
      if (sign === '\r') {
        if (field.end + 1 === text.length && !isEnd) {
          this.#fields.pop()
          return null
        }
        return this.#close(field.end + (text[field.end + 1] === '\n' ? 2 : 1), true)
      }
      const isCut = sign !== this.#delimiter
      this.#at = isCut ? field.end : field.end + 1
      if (isCut || this.#fields.length >= MAX_FIELDS || this.#at - this.#start > MAX_RECORD) {
        this.#repairs.push('long_row')
        return this.#close(this.#at, true)
      }
    }
  }

  #close(end: number, isComplete: boolean): CsvRecord {
    const record = { fields: this.#fields, isComplete, repairs: this.#repairs }
    this.#fields = []
    this.#repairs = []
    this.#at = this.#start = end
    return record
  }

  #plain(from: number, isEnd: boolean): { value: string, end: number } | 'more' {
    this.#fieldEnd.lastIndex = from
    const end = this.#fieldEnd.exec(this.#text)?.index
    if ((end ?? this.#text.length) - this.#at > MAX_FIELD) return { value: this.#text.slice(this.#at, this.#at + MAX_FIELD), end: this.#at + MAX_FIELD }
    if (end === undefined) return isEnd ? { value: this.#text.slice(this.#at), end: this.#text.length } : 'more'
    return { value: this.#text.slice(this.#at, end), end }
  }

  /** Undefined where the field is not quoted, or its quotation mark is a sign of it. */
  #quoted(isEnd: boolean): { value: string, end: number } | 'more' | undefined {
    const text = this.#text
    const open = skipSpaces(text, this.#at)
    if (text[open] !== '"' || open < this.#literalUntil) return undefined
    let strays = 0
    for (let from = open + 1; ;) {
      const quote = text.indexOf('"', from)
      if (quote < 0 && !isEnd && text.length - open <= MAX_QUOTED) return 'more'
      if (quote < 0 || quote - open > MAX_QUOTED || strays > MAX_STRAYS) return this.#unclosed(open + MAX_QUOTED)
      const after = skipSpaces(text, quote + 1)
      if (after >= text.length && !isEnd) return 'more'
      const sign = text[after]
      if (text[quote + 1] === '"') {
        from = quote + 2
      }
      else if (sign === undefined || sign === this.#delimiter || sign === '\n' || sign === '\r') {
        if (strays > 0) this.#repairs.push('stray_quote')
        return { value: text.slice(open + 1, quote).replaceAll('""', '"'), end: after }
      }
      else if (text[quote - 1] === this.#delimiter && /\n/.test(text.slice(open, quote))) {
        // A mark that opens a field on a later line: the one before it was never closed.
        return this.#unclosed(open + 1)
      }
      else {
        strays++
        from = quote + 1
      }
    }
  }

  #unclosed(searchedUntil: number): undefined {
    this.#literalUntil = searchedUntil
    this.#repairs.push('unclosed_quote')
    return undefined
  }
}

function skipSpaces(text: string, at: number): number {
  let position = at
  while (text[position] === ' ') position++
  return position
}
