import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { listSamples } from '../../server/ingest/samples.ts'
import { sha256 } from './shared.ts'
import type { EvaluationSet } from './types.ts'

const samplesFolder = fileURLToPath(new URL('../../samples', import.meta.url))
const questionsFile = fileURLToPath(new URL('samples.json', import.meta.url))

const sampleQuestionSchema = z.object({
  question: z.string().min(1),
  /** Asked before it in the same chat. */
  after: z.array(z.string()).min(1).optional(),
  /** File of `samples/manifest.json`; absent where no sample answers the question. */
  file: z.string().optional(),
  /** Stands word for word in one sentence of the file. */
  expect: z.string().optional(),
}).strict().refine(({ file, expect }) => (file === undefined) === (expect === undefined), 'A question has a file and what is expected of it, or neither.')

/** The questions about the documents that come with the product, as `samples.json` has them. */
export function readSampleQuestions(): z.infer<typeof sampleQuestionSchema>[] {
  return z.array(sampleQuestionSchema).parse(JSON.parse(readFileSync(questionsFile, 'utf8')))
}

/** The documents that come with the product, as its first start imports them, and questions about them. */
export async function readSamples(): Promise<EvaluationSet> {
  const samples = await listSamples(samplesFolder)
  const files = samples.map(({ filename, title, path }) => ({ name: filename, title, content: readFileSync(path) }))
  return {
    name: 'samples',
    files,
    questions: readSampleQuestions().map(({ question, after, file, expect }, index) => ({
      id: String(index), text: question, documents: file === undefined ? [] : [basename(file)], ...after && { after }, ...expect !== undefined && { answers: [expect] },
    })),
    checksums: {
      'eval/sets/samples.json': sha256(readFileSync(questionsFile)),
      // The architecture changes with the product, so its checksum would say nothing.
      ...Object.fromEntries(samples.filter(({ path }) => path.startsWith(join(samplesFolder, '/'))).map(({ filename }, index) => [`samples/${filename}`, sha256(files[index]!.content)])),
    },
  }
}
