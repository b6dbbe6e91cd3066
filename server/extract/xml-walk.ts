import { readXml, type Attributes } from './xml.ts'

/** What `enter` answers where the element and all in it is of no interest. */
export const SKIP = Symbol('skip')

/** What to do at an element's end, which is mostly nothing. */
export type End = (() => void) | typeof SKIP | void

export interface XmlVisitor {
  /** Hears of each element. */
  enter: (name: string, attributes: Attributes) => End
  text?: (text: string) => void
}

/** Reads XML (see `readXml`) with an action for the end of each element, and leaves out what is skipped. */
export function walkXml(bytes: Buffer, { enter, text }: XmlVisitor): void {
  const ends: ((() => void) | undefined)[] = []
  let skipped = 0
  readXml(bytes, {
    open(name, attributes) {
      if (skipped > 0) return void skipped++
      const end = enter(name, attributes)
      if (end === SKIP) skipped = 1
      else ends.push(end ?? undefined)
    },
    close() {
      if (skipped > 0) skipped--
      else ends.pop()?.()
    },
    text(piece) {
      if (skipped === 0) text?.(piece)
    },
  })
}

/** An attribute by its name without prefix, for producers choose prefixes freely. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  for (const key in attributes) if (key === name || (key.endsWith(name) && key.at(-name.length - 1) === ':')) return attributes[key]
  return undefined
}
