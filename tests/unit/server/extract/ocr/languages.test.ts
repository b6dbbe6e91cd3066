import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findLanguages } from '../../../../../server/extract/ocr/languages.ts'

const [own, shipped] = await Promise.all(['own', 'shipped'].map(name => mkdtemp(join(tmpdir(), `ragtime-${name}-`)))) as [string, string]
afterAll(async () => {
  for (const folder of [own, shipped]) await rm(folder, { recursive: true })
})

test('data of a language is found packed or not, in the owner’s folder first', async () => {
  await writeFile(join(shipped, 'eng.traineddata.gz'), '')
  expect(findLanguages(['eng', 'deu'], [own, shipped])).toEqual({ found: [{ code: 'eng', path: join(shipped, 'eng.traineddata.gz') }], missing: ['deu'] })
  await writeFile(join(own, 'eng.traineddata'), '')
  await writeFile(join(own, 'deu.traineddata'), '')
  expect(findLanguages(['deu', 'eng'], [own, shipped])).toEqual({
    found: [{ code: 'deu', path: join(own, 'deu.traineddata') }, { code: 'eng', path: join(own, 'eng.traineddata') }], missing: [],
  })
  expect(findLanguages(['eng'], [join(own, 'nowhere')])).toEqual({ found: [], missing: ['eng'] })
})
