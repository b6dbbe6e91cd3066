import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium'
import { ExtractFailure } from '../failures.ts'

/** FPDF_GetLastError (fpdfview.h). */
const ERROR_PASSWORD = 4
const ERROR_SECURITY = 5

/** Functions called for every character and object, without the wrapper's conversions. */
interface DirectCalls {
  FPDFText_GetUnicode: (page: number, index: number) => number
  FPDFText_HasUnicodeMapError: (page: number, index: number) => number
  FPDFText_IsHyphen: (page: number, index: number) => number
  FPDFText_GetLooseCharBox: (page: number, index: number, rect: number) => number
  FPDFText_GetCharOrigin: (page: number, index: number, x: number, y: number) => number
  FPDFText_GetTextObject: (page: number, index: number) => number
  FPDFText_GetMatrix: (page: number, index: number, matrix: number) => number
  FPDFPageObj_GetType: (object: number) => number
  FPDFPageObj_GetBounds: (object: number, left: number, bottom: number, right: number, top: number) => number
  FPDFPageObj_GetMatrix: (object: number, matrix: number) => number
  FPDFPageObj_GetFillColor: (object: number, red: number, green: number, blue: number, alpha: number) => number
  FPDFPageObj_GetStrokeColor: (object: number, red: number, green: number, blue: number, alpha: number) => number
  FPDFPageObj_SetIsActive: (object: number, active: number) => number
  FPDFPageObj_CountMarks: (object: number) => number
  FPDFPageObj_GetMark: (object: number, index: number) => number
  FPDFPageObjMark_GetName: (mark: number, buffer: number, bytes: number, length: number) => number
  FPDFPageObj_GetClipPath: (object: number) => number
  FPDFClipPath_CountPaths: (clip: number) => number
  FPDFClipPath_CountPathSegments: (clip: number, path: number) => number
  FPDFClipPath_GetPathSegment: (clip: number, path: number, segment: number) => number
  FPDFPathSegment_GetPoint: (segment: number, x: number, y: number) => number
  FPDFPath_GetDrawMode: (path: number, fill: number, stroke: number) => number
  FPDFImageObj_GetImagePixelSize: (image: number, width: number, height: number) => number
  FPDFTextObj_GetTextRenderMode: (object: number) => number
}

/** What Emscripten keeps on the module; replaced whenever the memory grows. */
interface Memory { HEAPU8: Uint8Array, HEAPU32: Uint32Array, HEAPF32: Float32Array, HEAPF64: Float64Array }

export interface Pdfium {
  api: WrappedPdfiumModule
  direct: DirectCalls
  malloc: (bytes: number) => number
  free: (pointer: number) => void
  copyIn: (bytes: Uint8Array, pointer: number) => void
  /** The bytes at a place in memory, until the next call. */
  view: (pointer: number, bytes: number) => Uint8Array
  /** The number at a place in memory. Views are taken anew each time: growing the memory detaches the old ones. */
  uint32: (pointer: number) => number
  float32: (pointer: number) => number
  float64: (pointer: number) => number
  /** Calls `fill` with a buffer and its size until it fits; for functions that return the size they need. */
  utf16: (fill: (pointer: number, bytes: number) => number) => string
  utf8: (fill: (pointer: number, bytes: number) => number) => string
}

const MAX_STRING_BYTES = 4096

/** PDFium (BSD-3-Clause) as WebAssembly, started in this process. */
export async function loadPdfium(): Promise<Pdfium> {
  const api = await init({ wasmBinary: wasmBinary() })
  api.PDFiumExt_Init()
  const memory = api.pdfium as unknown as Memory
  const { pdfium } = api
  const exports = pdfium.wasmExports as typeof pdfium.wasmExports & DirectCalls
  const read = (fill: (pointer: number, bytes: number) => number, decode: (bytes: Buffer) => string) => {
    const size = fill(0, 0)
    if (size <= 0 || size > MAX_STRING_BYTES) return ''
    const pointer = exports.malloc(size)
    fill(pointer, size)
    const text = decode(Buffer.from(memory.HEAPU8.slice(pointer, pointer + size)))
    exports.free(pointer)
    return text.replace(/\0[^]*$/, '')
  }
  return {
    api,
    direct: exports,
    malloc: exports.malloc,
    free: exports.free,
    copyIn: (bytes, pointer) => memory.HEAPU8.set(bytes, pointer),
    view: (pointer, bytes) => memory.HEAPU8.subarray(pointer, pointer + bytes),
    uint32: pointer => memory.HEAPU32[pointer >> 2]!,
    float32: pointer => memory.HEAPF32[pointer >> 2]!,
    float64: pointer => memory.HEAPF64[pointer >> 3]!,
    utf16: fill => read(fill, bytes => bytes.toString('utf16le')),
    utf8: fill => read(fill, bytes => bytes.toString('utf8')),
  }
}

/** Beside the bundled program, or in the package it comes with. Read from disk; nothing is ever fetched. */
function wasmBinary(): ArrayBuffer {
  try {
    return arrayBuffer(readFileSync(new URL('./pdfium.wasm', import.meta.url)))
  }
  catch {
    return arrayBuffer(readFileSync(fileURLToPath(import.meta.resolve('@embedpdf/pdfium/pdfium.wasm'))))
  }
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes.buffer as ArrayBuffer
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}

/** Copies the document into PDFium's memory and opens it. */
export function openPdf({ api, malloc, copyIn }: Pdfium, bytes: Buffer): number {
  const pointer = malloc(bytes.length)
  if (!pointer) throw new ExtractFailure('too_complex')
  copyIn(bytes, pointer)
  const document = api.FPDF_LoadMemDocument(pointer, bytes.length, '')
  if (document) return document
  const error = api.FPDF_GetLastError()
  throw new ExtractFailure(error === ERROR_PASSWORD || error === ERROR_SECURITY ? 'encrypted_pdf' : 'damaged_file')
}
