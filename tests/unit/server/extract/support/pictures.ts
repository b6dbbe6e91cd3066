import { crc32, deflateSync } from 'node:zlib'
import { loadPdfium, openPdf } from '../../../../../server/extract/pdf/pdfium.ts'
import { renderGrey } from '../../../../../server/extract/pdf/render.ts'
import type { Grey } from '../../../../../server/extract/ocr/types.ts'
import { assemble, makePdf, type PageSpec } from './pdf.ts'

const A4 = { width: 595, height: 842 }

/** A page as a scanner would see it: in grey, at 250 dots an inch. */
export async function photograph(page: PageSpec): Promise<Grey> {
  const pdfium = await loadPdfium()
  return renderGrey(pdfium, openPdf(pdfium, makePdf([{ ...A4, ...page }])), 0, 6_500_000)!
}

/** Turned by quarters clockwise. */
export function turned(grey: Grey, quarters: number): Grey {
  if (quarters === 0) return grey
  const { width, height, pixels } = grey
  const out = new Uint8Array(pixels.length)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + height - 1 - y] = pixels[y * width + x]!
  return turned({ width: height, height: width, pixels: out }, quarters - 1)
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  return Buffer.concat([u32(body.length), named, u32(crc32(named))])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A grey PNG; `claims` puts another size into its head. */
export function png({ width, height, pixels }: Grey, claims: { width?: number, height?: number, dpi?: number } = {}): Buffer {
  const rows = Buffer.alloc((width + 1) * height)
  for (let row = 0; row < height; row++) rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1)
  const head = Buffer.concat([u32(claims.width ?? width), u32(claims.height ?? height), Buffer.from([8, 0, 0, 0, 0])])
  const metre = u32(Math.round((claims.dpi ?? 250) / 0.0254))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'), chunk('IHDR', head), chunk('pHYs', Buffer.concat([metre, metre, Buffer.from([1])])),
    chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A TIFF with one picture for each of `pages`; `loop` makes the last point to the first. */
export function tiff(pages: Grey[], { compression = 1, loop = false, orientation = 1 }: { compression?: 1 | 8, loop?: boolean, orientation?: number } = {}): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')]
  let end = 8
  let link = { buffer: parts[0]!, at: 4 }
  const first: number[] = []
  for (const { width, height, pixels } of pages) {
    const data = compression === 8 ? deflateSync(pixels) : Buffer.from(pixels)
    const fields: [tag: number, value: number][] = [
      [256, width], [257, height], [258, 8], [259, compression], [262, 1], [273, end], [274, orientation], [277, 1], [278, height], [279, data.length],
    ]
    const directory = Buffer.alloc(2 + fields.length * 12 + 4)
    directory.writeUInt16LE(fields.length)
    for (const [index, [tag, value]] of fields.entries()) {
      directory.writeUInt16LE(tag, 2 + index * 12)
      directory.writeUInt16LE(4, 4 + index * 12)
      directory.writeUInt32LE(1, 6 + index * 12)
      directory.writeUInt32LE(value, 10 + index * 12)
    }
    parts.push(data, directory)
    link.buffer.writeUInt32LE(end + data.length, link.at)
    first.push(end + data.length)
    link = { buffer: directory, at: directory.length - 4 }
    end += data.length + directory.length
  }
  if (loop) link.buffer.writeUInt32LE(first[0]!, link.at)
  return Buffer.concat(parts)
}

/** PDF pages that hold nothing but a picture each, and `texts` of their own. */
export function scannedPdf(pages: Grey[], { rotate = 0, text = '' } = {}): Buffer {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${4 + 3 * index} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>']
  for (const [index, { width, height, pixels }] of pages.entries()) {
    const at = 4 + 3 * index
    const [w, h] = [width * 72 / 250, height * 72 / 250]
    const content = `q ${w} 0 0 ${h} 0 0 cm /I Do Q${text ? ` BT /F 9 Tf 20 20 Td (${text}) Tj ET` : ''}`
    const data = deflateSync(pixels).toString('latin1')
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Rotate ${rotate} /Resources << /XObject << /I ${at + 1} 0 R >> /Font << /F 3 0 R >> >> /Contents ${at + 2} 0 R >>`,
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /Length ${data.length} >>\nstream\n${data}\nendstream`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    )
  }
  return assemble(objects)
}

/** A grey baseline JPEG (ITU-T T.81), with codes of one length in place of Huffman's; EXIF says which way is up. */
export function jpeg(grey: Grey, orientation = 1): Buffer {
  const [width, height] = [grey.width, grey.height]
  const segment = (marker: number, body: number[]) => [0xFF, marker, (body.length + 2) >> 8, (body.length + 2) & 0xFF, ...body]
  const symbols = [0x00, 0xF0, ...Array.from({ length: 16 }, (_, run) => Array.from({ length: 10 }, (_, size) => run * 16 + size + 1)).flat()]
  const exif = [...Buffer.from(`Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0${String.fromCharCode(orientation)}\0\0\0\0\0\0\0`, 'latin1')]
  const head = [
    0xFF, 0xD8, ...segment(0xE1, exif), ...segment(0xDB, [0, ...Array.from({ length: 64 }, () => 8)]),
    ...segment(0xC0, [8, height >> 8, height & 0xFF, width >> 8, width & 0xFF, 1, 1, 0x11, 0]),
    ...segment(0xC4, [0x00, 0, 0, 0, 12, ...Array.from({ length: 12 }, () => 0), ...Array.from({ length: 12 }, (_, size) => size)]),
    ...segment(0xC4, [0x10, 0, 0, 0, 0, 0, 0, 0, symbols.length, ...Array.from({ length: 8 }, () => 0), ...symbols]),
    ...segment(0xDA, [1, 1, 0, 0, 63, 0]),
  ]
  const bits = new BitWriter()
  const codeOf = new Map(symbols.map((symbol, code) => [symbol, code]))
  let before = 0
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const block = transformed(grey, left, top)
      const difference = block[0]! - before
      before = block[0]!
      bits.put(sizeOf(difference), 4)
      bits.value(difference)
      let zeros = 0
      for (const place of ZIGZAG.slice(1)) {
        const value = block[place]!
        if (value === 0) {
          zeros++
          continue
        }
        for (; zeros > 15; zeros -= 16) bits.put(codeOf.get(0xF0)!, 8)
        bits.put(codeOf.get(zeros * 16 + sizeOf(value))!, 8)
        bits.value(value)
        zeros = 0
      }
      if (zeros > 0) bits.put(codeOf.get(0x00)!, 8)
    }
  }
  return Buffer.concat([Buffer.from(head), bits.end(), Buffer.from([0xFF, 0xD9])])
}

const COSINES = Array.from({ length: 8 }, (_, u) => Array.from({ length: 8 }, (_, x) => Math.cos((2 * x + 1) * u * Math.PI / 16) * (u === 0 ? Math.SQRT1_2 : 1) / 2))
const ZIGZAG = Array.from({ length: 64 }, (_, place) => place).sort((a, b) => {
  const [sumA, sumB] = [(a >> 3) + a % 8, (b >> 3) + b % 8]
  return sumA - sumB || (sumA % 2 === 0 ? b - a : a - b)
})

/** Quantised frequencies of a block of eight by eight, row by row. */
function transformed({ width, height, pixels }: Grey, left: number, top: number): number[] {
  const at = (x: number, y: number) => pixels[Math.min(height - 1, top + y) * width + Math.min(width - 1, left + x)]! - 128
  const rows = Array.from({ length: 8 }, (_, y) => COSINES.map(cosines => cosines.reduce((sum, cosine, x) => sum + cosine * at(x, y), 0)))
  return Array.from({ length: 64 }, (_, place) => Math.round(COSINES[place >> 3]!.reduce((sum, cosine, y) => sum + cosine * rows[y]![place % 8]!, 0) / 8))
}

function sizeOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1
}

class BitWriter {
  readonly #bytes: number[] = []
  #byte = 0
  #filled = 0

  put(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit--) {
      this.#byte = this.#byte * 2 + ((value >> bit) & 1)
      if (++this.#filled < 8) continue
      this.#bytes.push(this.#byte, ...this.#byte === 0xFF ? [0] : [])
      this.#byte = this.#filled = 0
    }
  }

  /** As many bits as its size says; negative ones as the complement. */
  value(value: number): void {
    const size = sizeOf(value)
    this.put(value < 0 ? value + 2 ** size - 1 : value, size)
  }

  end(): Buffer {
    while (this.#filled > 0) this.put(1, 1)
    return Buffer.from(this.#bytes)
  }
}
