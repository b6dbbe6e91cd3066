declare module 'tesseract.js-core/tesseract-core-simd-lstm.js' {
  /** Emscripten's factory: resolves with the module. */
  export default function createTesseract(options: object): Promise<unknown>
}
