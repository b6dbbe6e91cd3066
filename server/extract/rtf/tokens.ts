/** One piece of RTF (specification 1.9.1, "RTF Syntax"). */
export interface TokenHandler {
  open: () => void
  close: () => void
  /** A control word or symbol; `parameter` is null where there is none. */
  control: (word: string, parameter: number | null) => void
  /** A run of text as bytes of some encoding. */
  bytes: (bytes: Buffer) => void
  /** One byte that was written as `\'hh`. */
  byte: (byte: number) => void
}

const BACKSLASH = 0x5C
const OPEN = 0x7B
const CLOSE = 0x7D
/** Longer words and numbers are none of any program's. */
const MAX_WORD = 32
const MAX_DIGITS = 10

/** Reads the tokens of a file in turn; whatever is no RTF comes as text. What `\bin` holds is passed over. */
export function readTokens(source: Buffer, handler: TokenHandler): void {
  let at = 0
  while (at < source.length) {
    const byte = source[at]!
    if (byte === BACKSLASH) {
      at = readControl(source, at + 1, handler)
    }
    else if (byte === OPEN || byte === CLOSE) {
      if (byte === OPEN) handler.open()
      else handler.close()
      at++
    }
    else if (byte === 0x0D || byte === 0x0A || byte === 0) {
      at++
    }
    else {
      const start = at
      while (at < source.length && isText(source[at]!)) at++
      handler.bytes(source.subarray(start, at))
    }
  }
}

function isText(byte: number): boolean {
  return byte !== BACKSLASH && byte !== OPEN && byte !== CLOSE && byte !== 0x0D && byte !== 0x0A && byte !== 0
}

/** A control from behind its backslash; answers where it ends. */
function readControl(source: Buffer, start: number, handler: TokenHandler): number {
  const first = source[start]
  if (first === undefined) return start
  if (!isLetter(first)) return readSymbol(source, start, handler)
  let at = start
  while (at < source.length && at - start < MAX_WORD && isLetter(source[at]!)) at++
  const word = source.toString('latin1', start, at)
  const digits = at + (source[at] === 0x2D ? 1 : 0)
  let end = digits
  while (end < source.length && end - digits < MAX_DIGITS && isDigit(source[end]!)) end++
  const parameter = end > digits ? Number(source.toString('latin1', at, end)) : null
  if (parameter !== null) at = end
  if (source[at] === 0x20) at++
  // The length comes from the file: what it says beyond the end is not there.
  if (word === 'bin') return parameter !== null && parameter > 0 ? Math.min(source.length, at + parameter) : at
  handler.control(word, parameter)
  return at
}

function readSymbol(source: Buffer, start: number, handler: TokenHandler): number {
  const symbol = String.fromCharCode(source[start]!)
  if (symbol !== '\'') {
    handler.control(symbol, null)
    return start + 1
  }
  const hex = source.toString('latin1', start + 1, start + 3)
  if (!/^[\da-f]{2}$/i.test(hex)) return start + 1
  handler.byte(Number.parseInt(hex, 16))
  return start + 3
}

function isLetter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
