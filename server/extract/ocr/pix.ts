import type { Grey } from './types.ts'

/** A decoded picture in Leptonica's form (leptonica/environ.h, pix.h), in the memory of its engine. */
export interface PixMemory {
  pix: {
    get_w: () => number
    get_h: () => number
    /** Bits a pixel: 1, 2, 4, 8 or 16 for grey or an index into the colour table, 32 for colour. */
    get_d: () => number
    get_spp: () => number
    /** Words of 32 bits a row. */
    get_wpl: () => number
    get_data: () => number
    /** Pixels an inch across, 0 where the file does not say. */
    get_xres: () => number
    get_colormap: () => { get_array: () => number, get_n: () => number }
  }
  memory: WebAssembly.Memory
  getPointer: (object: unknown) => number
}

const WITH_ALPHA = 4

/**
 * The picture in grey on white, reduced by a whole factor to at most `maxPixels`: each pixel is then the mean of a square,
 * which smooths scans in black and white as well.
 */
export function greyOf(source: PixMemory, maxPixels: number): Grey & { dpi: number } {
  const { pix, memory } = source
  const [columns, rows, wordsPerRow] = [pix.get_w(), pix.get_h(), pix.get_wpl()]
  const factor = Math.max(1, Math.ceil(Math.sqrt(columns * rows / maxPixels)))
  const width = Math.floor(columns / factor)
  const height = Math.floor(rows / factor)
  const pixels = new Uint8Array(width * height)
  const words = new Uint32Array(memory.buffer, pix.get_data(), wordsPerRow * rows)
  const shade = shadesOf(source)
  const sums = new Uint32Array(width)
  for (let row = 0; row < height; row++) {
    sums.fill(0)
    for (let line = row * factor; line < (row + 1) * factor; line++) {
      const start = line * wordsPerRow
      for (let column = 0, at = 0; column < width; column++) {
        let sum = 0
        for (let step = 0; step < factor; step++, at++) sum += shade(words, start, at)
        sums[column]! += sum
      }
    }
    for (let column = 0; column < width; column++) pixels[row * width + column] = sums[column]! / (factor * factor)
  }
  return { width, height, pixels, dpi: pix.get_xres() / factor }
}

/** Reads the grey value of pixel `at` in the row of words that begins at `start`. A word's first pixel is in its highest bits. */
function shadesOf(source: PixMemory): (words: Uint32Array, start: number, at: number) => number {
  const { pix } = source
  const depth = pix.get_d()
  if (depth === 32) {
    const blend = pix.get_spp() === WITH_ALPHA
    return (words, start, at) => {
      const word = words[start + at]!
      const grey = luminance(word >>> 24, (word >>> 16) & 0xFF, (word >>> 8) & 0xFF)
      return blend ? 255 - ((255 - grey) * (word & 0xFF)) / 255 : grey
    }
  }
  if (depth === 16) return (words, start, at) => (words[start + (at >> 1)]! >>> (at % 2 === 0 ? 24 : 8)) & 0xFF
  const table = tableOf(source, depth)
  const perWord = 32 / depth
  const mask = 2 ** depth - 1
  return (words, start, at) => table[(words[start + Math.floor(at / perWord)]! >>> (32 - depth * (at % perWord + 1))) & mask]!
}

/** The grey value of each value a pixel of up to 8 bits can have. In one bit 1 is black. */
function tableOf({ pix, memory, getPointer }: PixMemory, depth: number): Uint8Array {
  const size = 2 ** depth
  const colours = pix.get_colormap()
  if (getPointer(colours) === 0) return Uint8Array.from({ length: size }, (_, value) => depth === 1 ? 255 * (1 - value) : (255 * value) / (size - 1))
  // Four bytes a colour: blue, green, red, alpha.
  const entries = new Uint8Array(memory.buffer, colours.get_array(), Math.min(size, colours.get_n()) * 4)
  return Uint8Array.from({ length: size }, (_, value) => luminance(entries[value * 4 + 2] ?? 255, entries[value * 4 + 1] ?? 255, entries[value * 4] ?? 255))
}

/** ITU-R BT.601. */
function luminance(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}
