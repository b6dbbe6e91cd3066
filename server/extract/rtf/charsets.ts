/** Encodings of fonts by `\fcharset` (RTF 1.9.1, "Font Table"), as TextDecoder calls them; `symbol` has characters of its own. */
const CHARSETS: Record<number, string> = {
  0: 'windows-1252', 2: 'symbol', 77: 'macintosh', 78: 'shift_jis', 79: 'euc-kr', 80: 'gb18030', 81: 'big5', 128: 'shift_jis', 129: 'euc-kr', 130: 'euc-kr',
  134: 'gb18030', 136: 'big5', 161: 'windows-1253', 162: 'windows-1254', 163: 'windows-1258', 177: 'windows-1255', 178: 'windows-1256', 186: 'windows-1257',
  204: 'windows-1251', 222: 'windows-874', 238: 'windows-1250',
}
/** Code pages that have another name than `windows-N`. */
const CODEPAGES: Record<number, string> = {
  874: 'windows-874', 866: 'ibm866', 932: 'shift_jis', 936: 'gb18030', 949: 'euc-kr', 950: 'big5', 10000: 'macintosh', 20866: 'koi8-r', 21866: 'koi8-u',
  28591: 'windows-1252', 28592: 'iso-8859-2', 28595: 'iso-8859-5', 51932: 'euc-jp', 51949: 'euc-kr', 54936: 'gb18030', 65001: 'utf-8',
}

/** The encoding of a font, null where it is the document's. */
export function charsetEncoding(charset: number): string | null {
  return CHARSETS[charset] ?? null
}

/** Old DOS pages other than Cyrillic have no decoder; their letters of English are those of any. */
export function codepageEncoding(page: number): string {
  if (page >= 1250 && page <= 1258) return `windows-${page}`
  return CODEPAGES[page] ?? 'windows-1252'
}

const decoders = new Map<string, TextDecoder>()

/** Bytes of a run of text that has an end; what is wrong in its encoding becomes U+FFFD. */
export function decode(bytes: Uint8Array, encoding: string): string {
  let decoder = decoders.get(encoding)
  if (!decoder) decoders.set(encoding, decoder = new TextDecoder(encoding))
  return decoder.decode(bytes)
}
