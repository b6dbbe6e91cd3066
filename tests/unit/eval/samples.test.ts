import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readSampleQuestions, readSamples } from '../../../eval/sets/samples.ts'
import { readCorpus } from '../../../eval/support/corpus.ts'
import { createGoldFinder } from '../../../eval/support/gold.ts'
import { openLibrary } from '../../../eval/support/library.ts'

const set = await readSamples()
const library = await openLibrary({ keyword: true, repeatable: true })
afterAll(() => library.close())
await library.ingest(set.files)
const corpus = readCorpus(library.db, set.files)
const goldOf = createGoldFinder(corpus)
const answerable = set.questions.filter(({ documents }) => documents.length > 0)

describe('the questions about the samples', () => {
  it('are enough of each kind, about every document', () => {
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../../../samples/manifest.json', import.meta.url)), 'utf8')) as { file: string }[]
    const questions = readSampleQuestions()
    expect(questions.length).toBeGreaterThanOrEqual(40)
    expect(questions.filter(({ after }) => after).length).toBeGreaterThanOrEqual(5)
    expect(questions.filter(({ file }) => file === undefined).length).toBeGreaterThanOrEqual(8)
    expect(new Set(questions.flatMap(({ file }) => file ?? []))).toEqual(new Set(manifest.map(({ file }) => file)))
    expect(new Set(questions.map(({ question, after }) => JSON.stringify([question, after]))).size).toBe(questions.length)
  })

  it.each(answerable)('$text: a sentence of $documents.0 has the answer', (question) => {
    expect(goldOf(question).passages.length).toBeGreaterThan(0)
  })

  it('are other than those that the pages suggest', () => {
    const suggested = JSON.parse(readFileSync(fileURLToPath(new URL('../../../samples/questions.json', import.meta.url)), 'utf8')) as { question: string }[]
    expect(set.questions.filter(({ text }) => suggested.some(({ question }) => question === text))).toEqual([])
  })
})
