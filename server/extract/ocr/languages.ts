import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from './types.ts'

/**
 * Where the data of the languages lies: `<code>.traineddata` or `<code>.traineddata.gz` in the first folder that has it.
 * Nothing is ever downloaded.
 *
 * @param codes as Tesseract names them; the first weighs most
 */
export function findLanguages(codes: string[], folders: string[]): { found: Language[], missing: string[] } {
  const found: Language[] = []
  const missing: string[] = []
  for (const code of codes) {
    const path = folders.flatMap(folder => ['', '.gz'].map(ending => join(folder, `${code}.traineddata${ending}`))).find(existsSync)
    if (path) found.push({ code, path })
    else missing.push(code)
  }
  return { found, missing }
}
