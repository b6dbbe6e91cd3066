import { fileURLToPath } from 'node:url'
import { getDocument, OPS, type PDFDocumentProxy, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'

/** One character as pdf.js reads it: the middle of its small letters' height, in points from the page's top left as shown. */
export interface ReadGlyph { text: string, x: number, y: number, size: number }

type Matrix = [number, number, number, number, number, number]

interface PdfJsFont { vertical?: boolean, isType3Font?: boolean, fontMatrix?: number[] }
interface PdfJsGlyph { unicode: string, width: number, isSpace: boolean, vmetric?: number[] }

/** Text state of ISO 32000-1, 9.3, with the current transformation. */
interface State {
  ctm: Matrix
  font: PdfJsFont | null
  size: number
  charSpacing: number
  wordSpacing: number
  scale: number
  leading: number
  rise: number
  mode: number
}

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]
/** Above the baseline, in type sizes: inside of the box of a letter, a comma and a raised mark alike. */
const MIDDLE = 0.22
const INVISIBLE = 3

/** Opens a PDF with pdf.js, which shares no code with the extractor's engine. Throws what pdf.js throws. */
export async function openForReading(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const folder = (name: string) => fileURLToPath(new URL(`${name}/`, import.meta.resolve('pdfjs-dist/package.json')))
  return await getDocument({
    data: new Uint8Array(bytes), cMapUrl: folder('cmaps'), cMapPacked: true, standardFontDataUrl: folder('standard_fonts'), wasmUrl: folder('wasm'),
    useSystemFonts: false, disableFontFace: true, isEvalSupported: false, verbosity: 0,
  } as Parameters<typeof getDocument>[0]).promise
}

/** Every character of a page with its place, in the order of the file, found by running the page's operators. Text that is not drawn counts where asked for. */
export async function readGlyphs(page: PDFPageProxy, { undrawn }: { undrawn: boolean }): Promise<ReadGlyph[]> {
  const { fnArray, argsArray } = await page.getOperatorList({ intent: 'display' })
  const reader = new Reader(page, undrawn)
  for (const [index, operator] of fnArray.entries()) reader.run(operator, (argsArray[index] ?? []) as unknown[])
  return reader.glyphs
}

class Reader {
  readonly glyphs: ReadGlyph[] = []
  readonly #page: PDFPageProxy
  readonly #undrawn: boolean
  readonly #stack: State[] = []
  #state: State
  #matrix: Matrix = IDENTITY
  #x = 0
  #y = 0
  #lineX = 0
  #lineY = 0

  constructor(page: PDFPageProxy, undrawn: boolean) {
    this.#page = page
    this.#undrawn = undrawn
    this.#state = { ctm: page.getViewport({ scale: 1 }).transform as Matrix, font: null, size: 0, charSpacing: 0, wordSpacing: 0, scale: 1, leading: 0, rise: 0, mode: 0 }
  }

  run(operator: number, args: unknown[]): void {
    const state = this.#state
    const [first, second] = args as [number, number]
    switch (operator) {
      case OPS.save: case OPS.beginGroup: return this.#save()
      case OPS.restore: case OPS.endGroup: case OPS.paintFormXObjectEnd: case OPS.endAnnotation: return this.#restore()
      case OPS.transform: return this.#transform(args)
      case OPS.paintFormXObjectBegin:
        this.#save()
        return this.#transform(args[0])
      case OPS.beginAnnotation:
        this.#save()
        this.#transform(args[2])
        return this.#transform(args[3])
      case OPS.beginText: return this.#setMatrix(IDENTITY)
      case OPS.setTextMatrix: return this.#setMatrix((args.length === 1 ? [...args[0] as number[]] : args) as Matrix)
      case OPS.moveText: return this.#move(first, second)
      case OPS.setLeadingMoveText:
        state.leading = second
        return this.#move(first, second)
      case OPS.nextLine: return this.#move(0, state.leading)
      case OPS.setLeading: state.leading = -first; return
      case OPS.setCharSpacing: state.charSpacing = first; return
      case OPS.setWordSpacing: state.wordSpacing = first; return
      case OPS.setHScale: state.scale = first / 100; return
      case OPS.setTextRise: state.rise = first; return
      case OPS.setTextRenderingMode: state.mode = first; return
      case OPS.setFont: return this.#setFont(args[0] as string, second)
      case OPS.setGState:
        for (const [key, value] of args[0] as [string, unknown][]) if (key === 'Font') this.#setFont(...value as [string, number])
        return
      case OPS.showText: return this.#show(args[0] as (PdfJsGlyph | number)[])
    }
  }

  #save(): void {
    this.#stack.push({ ...this.#state })
  }

  #restore(): void {
    this.#state = this.#stack.pop() ?? this.#state
  }

  #transform(matrix: unknown): void {
    if (matrix) this.#state.ctm = product(this.#state.ctm, [...matrix as number[]] as Matrix)
  }

  #setMatrix(matrix: Matrix): void {
    this.#matrix = matrix
    this.#x = this.#y = this.#lineX = this.#lineY = 0
  }

  #move(x: number, y: number): void {
    this.#x = this.#lineX += x
    this.#y = this.#lineY += y
  }

  #setFont(name: string, size: number): void {
    this.#state.font = this.#page.commonObjs.has(name) ? this.#page.commonObjs.get(name) as PdfJsFont : null
    this.#state.size = size
  }

  #show(items: (PdfJsGlyph | number)[]): void {
    const { font, charSpacing, wordSpacing, scale, mode, rise, ctm } = this.#state
    const size = Math.abs(this.#state.size)
    const direction = this.#state.size < 0 ? -1 : 1
    const unit = size * (font?.fontMatrix?.[0] ?? 0.001)
    const toPage = product(ctm, this.#matrix)
    let x = 0
    for (const item of items) {
      if (typeof item === 'number') {
        x += (font?.vertical ? 1 : -1) * item * size / 1000
        continue
      }
      const spacing = (item.isSpace ? wordSpacing : 0) + charSpacing
      const advance = (font?.vertical ? -(item.vmetric?.[0] ?? -1000) : item.width) * unit
      const middle = x + advance / 2
      const place = font?.vertical
        ? apply(toPage, this.#x, this.#y - middle)
        : apply(toPage, this.#x + middle * scale * direction, this.#y + rise + MIDDLE * size * direction)
      if (item.unicode && (mode !== INVISIBLE || this.#undrawn || font?.isType3Font)) this.glyphs.push({ text: item.unicode, ...place, size: size * Math.hypot(toPage[2], toPage[3]) })
      x += font?.vertical ? advance - spacing * direction : advance + spacing * direction
    }
    if (font?.vertical) this.#y -= x
    else this.#x += x * scale * direction
  }
}

/** First `b`, then `a`. */
function product(a: Matrix, b: Matrix): Matrix {
  return [
    a[0] * b[0] + a[2] * b[1], a[1] * b[0] + a[3] * b[1], a[0] * b[2] + a[2] * b[3], a[1] * b[2] + a[3] * b[3],
    a[0] * b[4] + a[2] * b[5] + a[4], a[1] * b[4] + a[3] * b[5] + a[5],
  ]
}

function apply([a, b, c, d, e, f]: Matrix, x: number, y: number): { x: number, y: number } {
  return { x: a * x + c * y + e, y: b * x + d * y + f }
}
