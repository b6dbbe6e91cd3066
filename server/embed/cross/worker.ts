import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { serveThread } from '../../utils/serve-thread.ts'
import { openSession, runSession } from '../session.ts'
import { loadTokenizer } from '../tokenizer.ts'
import type { CrossRequest, CrossWorkerData } from './index.ts'
import { cutQuery, encodePair } from './pairs.ts'

/**
 * Scores a question with some texts, one pair after another: in one call with others a text would be filled up to their
 * length, and a quantised model, which scales its numbers by all that are in a call, would give it another score.
 */
const { modelDir, manifest } = workerData as CrossWorkerData
const tokenizer = loadTokenizer(modelDir)
const session = await openSession(join(modelDir, manifest.modelFile))
const output = session.outputNames.includes('logits') ? 'logits' : session.outputNames.length === 1 ? session.outputNames[0]! : null
if (output === null) throw new Error(`The model gives no logits but ${session.outputNames.join(', ')}`)

async function score({ query, texts }: CrossRequest): Promise<number[]> {
  const question = cutQuery(tokenizer, query, manifest.window)
  const logits: number[] = []
  for (const text of texts) {
    logits.push(await runSession(session, encodePair(tokenizer, question, text, manifest.window), output!, (values) => {
      if (values.length !== 1) throw new Error(`The model gives ${values.length} numbers for a question and a text, not one`)
      if (!Number.isFinite(values[0])) throw new Error('The model gives no number for a question and a text')
      return values[0]!
    }))
  }
  return logits
}

// The first run allocates what every later one uses, and shows whether the model gives what it should.
await score({ query: 'warm', texts: ['up'] })
serveThread(score)
