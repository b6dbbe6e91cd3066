/**
 * Reads documents as others do, one at a time: gets `{ path, reader }` as a message and answers with the text. It is
 * killed when it takes too long, as these readers do with some files, so it runs as a process of its own.
 */
import { readFile } from 'node:fs/promises'

export type OtherReader = 'pdf.js' | 'mammoth'

async function pdfjs(path: string): Promise<string> {
  const { getDocument, VerbosityLevel } = await import('pdfjs-dist/legacy/build/pdf.mjs')
  const task = getDocument({ data: new Uint8Array(await readFile(path)), verbosity: VerbosityLevel.ERRORS, useSystemFonts: false, disableFontFace: true })
  const document = await task.promise
  const pages: string[] = []
  for (let number = 1; number <= document.numPages; number++) {
    const { items } = await (await document.getPage(number)).getTextContent()
    pages.push(items.map(item => 'str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '').join(''))
  }
  await task.destroy()
  return pages.join('\n')
}

async function mammothText(path: string): Promise<string> {
  const { default: mammoth } = await import('mammoth')
  return (await mammoth.extractRawText({ path })).value
}

process.on('message', ({ path, reader }: { path: string, reader: OtherReader }) => {
  void (reader === 'pdf.js' ? pdfjs(path) : mammothText(path)).catch(() => null).then(text => process.send!(text))
})
