/** Results of these are of the page and not of the document. */
export const OF_PAGES = /^\s*(?:page|numpages|sectionpages|date|time|savedate|printdate|filename)\b/i
const MAX_INSTRUCTION = 200

interface Field { instruction: string, result: boolean, hidden: boolean }

/** Fields of a paragraph (ISO/IEC 29500-1 §17.16): what is between their beginning and their result is no text. */
export class Fields {
  readonly #margin: boolean
  #open: Field[] = []

  /** `margin`: in a header or footer, where page numbers and dates are left out. */
  constructor(margin: boolean) {
    this.#margin = margin
  }

  /** True where what comes is not shown. */
  get silent(): boolean {
    return this.#open.some(field => field.hidden || !field.result)
  }

  mark(type: string): void {
    const field = this.#open.at(-1)
    if (type === 'begin') this.#open.push({ instruction: '', result: false, hidden: false })
    else if (type === 'end') this.#open.pop()
    else if (type === 'separate' && field) {
      field.result = true
      field.hidden = this.isOfPage(field.instruction)
    }
  }

  instruction(text: string): void {
    const field = this.#open.at(-1)
    if (field && !field.result && field.instruction.length < MAX_INSTRUCTION) field.instruction += text
  }

  isOfPage(instruction: string): boolean {
    return this.#margin && OF_PAGES.test(instruction)
  }

  /** A field whose result has not come with its paragraph is broken, and must not swallow the rest. */
  endParagraph(): void {
    this.#open = this.#open.filter(field => field.result)
  }
}
