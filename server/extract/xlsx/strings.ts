import { normalise } from '../normalise.ts'
import { cutText, MAX_CELL_CHARS } from '../sheets/cells.ts'
import { readXml } from '../xml.ts'

/** The shared strings of a workbook, normalised; how an East Asian word is read aloud is no part of it. */
export function readStrings(bytes: Buffer): string[] {
  const strings: string[] = []
  const collector = new StringCollector()
  readXml(bytes, {
    open(name) {
      if (name === 'si') collector.reset()
      collector.open(name)
    },
    close(name) {
      if (name === 'si') strings.push(collector.value)
      collector.close(name)
    },
    text: text => collector.text(text),
  })
  return strings
}

/** The text of a string item (`si`, `is`): plain, or in runs of their own formats. */
export class StringCollector {
  #raw = ''
  #isText = false
  #phonetic = 0

  reset(): void {
    this.#raw = ''
    this.#isText = false
    this.#phonetic = 0
  }

  open(name: string): void {
    if (name === 'rPh') this.#phonetic++
    this.#isText = name === 't' && this.#phonetic === 0
  }

  close(name: string): void {
    if (name === 'rPh') this.#phonetic--
    this.#isText = false
  }

  text(text: string): void {
    if (this.#isText && this.#raw.length < MAX_CELL_CHARS * 2) this.#raw += text
  }

  get value(): string {
    return plainString(this.#raw)
  }
}

/** Signs that XML cannot hold are written as `_x000D_` (ECMA-376, part 1, 22.9.2.19). */
export function plainString(raw: string): string {
  const text = raw.includes('_x') ? raw.replace(/_x([0-9a-f]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : raw
  return normalise(cutText(text, MAX_CELL_CHARS))
}
