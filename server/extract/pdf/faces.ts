import { signsOf } from './characters.ts'
import type { Pdfium } from './pdfium.ts'

/** What is worth knowing of a typeface. */
export interface Face {
  bold: boolean
  italic: boolean
  mono: boolean
  embedded: boolean
  /** For TeX's fonts of signs; see signsOf. */
  signs: Record<string, string> | null
}

const MONO_FLAG = 1
const ITALIC_FLAG = 64
const BOLD_NAME = /bold|black|heavy|semibd|demi(?!italic$)|medi(?!um)|-bd|cmbx|sfbx|cmssbx/i

/** The typefaces of one document, each looked at once. */
export class Faces {
  readonly #pdfium: Pdfium
  readonly #known = new Map<number, Face>()

  constructor(pdfium: Pdfium) {
    this.#pdfium = pdfium
  }

  get(font: number): Face {
    let face = this.#known.get(font)
    if (!face) this.#known.set(font, face = this.#look(font))
    return face
  }

  #look(font: number): Face {
    const { api, utf8 } = this.#pdfium
    const name = font ? utf8((pointer, bytes) => api.FPDFFont_GetBaseFontName(font, pointer, bytes)) : ''
    const flags = font ? api.FPDFFont_GetFlags(font) : 0
    // FPDFFont_GetWeight guesses from the stem and calls many plain faces bold; names are more honest.
    return {
      bold: BOLD_NAME.test(name),
      italic: (flags > 0 && (flags & ITALIC_FLAG) > 0) || /ital|obli/i.test(name),
      mono: (flags > 0 && (flags & MONO_FLAG) > 0) || /mono|courier|consol|typewriter|cmtt/i.test(name),
      embedded: font > 0 && api.FPDFFont_GetIsEmbedded(font) === 1,
      signs: signsOf(name),
    }
  }
}
