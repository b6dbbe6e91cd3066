/** Where the text of a group goes. */
export type Destination = 'body' | 'skip' | 'fonts' | 'colours' | 'styles' | 'info' | 'title' | 'instruction'

/** What a group inherits from the one around it, and what ends with it. */
export interface State {
  destination: Destination
  /** The next control word names a destination that may be passed over. */
  starred: boolean
  /** Bytes that stand for a `\u` character. */
  skip: number
  font: number
  hidden: boolean
  deleted: boolean
  /** Index into the table of colours. */
  colour: number
  /** Something with a colour lies behind the letters: a highlight, a filled paragraph or cell, a drawing. */
  shaded: boolean
  /** The drawing or cell has one, whatever the paragraph says. */
  boxShaded: boolean
  /** Half points. */
  size: number
  style: number
  outline: number | null
  list: boolean
  level: number
  inTable: boolean
  nesting: number
  /** Of `\upr`: groups in it are the same text twice. */
  twice: boolean
  /** Called at the group's end. */
  end: (() => void) | null
}

export function newState(): State {
  return {
    destination: 'skip', starred: false, skip: 1, font: -1, hidden: false, deleted: false, colour: 0, shaded: false, boxShaded: false, size: 24,
    style: 0, outline: null, list: false, level: 0, inTable: false, nesting: 1, twice: false, end: null,
  }
}

/** `\plain` */
export function plain(state: State): void {
  Object.assign(state, { font: -1, hidden: false, deleted: false, colour: 0, shaded: false, size: 24 })
}

/** `\pard` */
export function resetParagraph(state: State): void {
  Object.assign(state, { style: 0, outline: null, list: false, level: 0, inTable: false, nesting: 1 })
}

/** Properties of characters and paragraphs that matter to what is read. */
export function setProperty(state: State, word: string, parameter: number | null): void {
  const on = parameter !== 0
  switch (word) {
    case 'plain': return plain(state)
    case 'pard': return resetParagraph(state)
    case 'uc': state.skip = Math.min(100, Math.max(0, parameter ?? 1))
      return
    case 'f': state.font = parameter ?? -1
      return
    case 'v': state.hidden = on
      return
    case 'deleted': state.deleted = on
      return
    case 'cf': state.colour = parameter ?? 0
      return
    case 'highlight': case 'cb': case 'chcbpat': case 'cbpat': state.shaded = (parameter ?? 0) > 0
      return
    case 'fs': state.size = parameter ?? 24
      return
    case 's': state.style = parameter ?? 0
      return
    case 'outlinelevel': state.outline = parameter
      return
    case 'ls': state.list = (parameter ?? 0) > 0
      return
    case 'ilvl': state.level = Math.min(8, Math.max(0, parameter ?? 0))
      return
    case 'intbl': state.inTable = on
      return
    case 'itap': state.nesting = Math.max(0, parameter ?? 1)
  }
}
