/** The Symbol font's characters from 0x20 (Adobe's Symbol encoding); a space where there is none of use in text. */
const SYMBOL = ' !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼ '
  + '                                €ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…  ↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑           ⟩∫      '
const WINGDINGS: Record<number, string> = { 0x6C: '•', 0x6E: '▪', 0x71: '□', 0x76: '❖', 0x9F: '•', 0xA7: '▪', 0xA8: '□', 0xD8: '➢', 0xDF: '←', 0xE0: '→', 0xE8: '→', 0xF0: '⇨', 0xFB: '✗', 0xFC: '✓', 0xFD: '☒', 0xFE: '☑' }

/** Fonts whose characters are not what their codes say. */
export function isSymbolFont(font: string): boolean {
  return /^(?:symbol|(?:web|wing)dings(?: [23])?|zapf ?dingbats)$/i.test(font.trim())
}

/** A character of a symbol font in Unicode; empty where it has no counterpart that anyone reads. */
export function symbol(font: string, code: number): string {
  const place = code >= 0xF000 && code <= 0xF0FF ? code - 0xF000 : code
  if (/^symbol$/i.test(font.trim())) return place >= 0x20 && place <= 0xFF ? SYMBOL[place - 0x20]?.trim() || ' ' : ''
  if (isSymbolFont(font)) return WINGDINGS[place] ?? ''
  // A private character of an ordinary font is nobody's.
  return code >= 0xE000 && code <= 0xF8FF ? '' : String.fromCodePoint(code)
}
