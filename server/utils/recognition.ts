import { findLanguages } from '../extract/ocr/languages.ts'
import type { ExtractorOptions } from '../extract/index.ts'
import type { Settings } from './config.ts'

/** How text in pictures is recognised here; null: not at all. Says in the log what is missing, and what follows from it. */
export function textRecognition({ ocr }: Pick<Settings, 'ocr'>): ExtractorOptions['ocr'] {
  if (!ocr) return null
  const { found, missing } = findLanguages(ocr.languages, [ocr.dataDir, entryAssetFolder('eng.traineddata.gz')])
  if (missing.length > 0) {
    log('warn', `There is no data to recognise text in ${missing.join(', ')}: put ${missing.map(code => `${code}.traineddata`).join(', ')} into ${ocr.dataDir} and restart`, {
      recognised: found.map(({ code }) => code),
    })
  }
  return found.length > 0 ? { languages: found, pages: ocr.pages } : null
}
