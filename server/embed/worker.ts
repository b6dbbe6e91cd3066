import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { MODEL_FILE } from './model.ts'
import { pool } from './pooling.ts'
import { serveThread } from '../utils/serve-thread.ts'
import { loadTokenizer } from './tokenizer.ts'
import type { EmbedRequest, EmbedWorkerData } from './local.ts'
import { concatenate, toSigns, toTokens, windows } from './token-vectors.ts'

/**
 * Embeds one text after another. onnxruntime computes synchronously, which is why it lives in a thread of its own, and
 * one text a call is as fast as a batch on a CPU and gives the same vector whatever its neighbours are.
 */
const { modelDir, manifest } = workerData as EmbedWorkerData
const tokenizer = loadTokenizer(modelDir)
const session = await InferenceSession.create(join(modelDir, manifest.modelFile ?? MODEL_FILE), {
  // One: a second core is used by a second thread with a text of its own (see threads.ts).
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
})

/** What a converter may ask for, for one text of this many tokens. DistilBERT and XLM-RoBERTa know no token types. */
const INPUTS: Record<string, (ids: number[]) => BigInt64Array> = {
  input_ids: ids => BigInt64Array.from(ids, BigInt),
  attention_mask: ids => new BigInt64Array(ids.length).fill(1n),
  token_type_ids: ids => new BigInt64Array(ids.length),
}
const unknown = session.inputNames.filter(name => !Object.hasOwn(INPUTS, name))
if (unknown.length > 0) throw new Error(`The model asks for inputs that no sentence encoder has: ${unknown.join(', ')}`)
const output = ['last_hidden_state', 'token_embeddings'].find(name => session.outputNames.includes(name))
if (!output) throw new Error(`The model gives no token vectors but ${session.outputNames.join(', ')}`)

async function embed({ text, as }: EmbedRequest): Promise<Float32Array | Uint8Array> {
  const { dimensions, window, pooling } = manifest
  const { ids } = tokenizer.encode(text)
  if (as === 'vector') return compute(ids.length > window ? [...ids.slice(0, window - 1), ids.at(-1)!] : ids, hidden => pool(hidden, dimensions, pooling))
  const [first = [], ...more] = windows(ids, window)
  if (as === 'tokens') return compute(first, hidden => toTokens(hidden, dimensions))
  const parts: Uint8Array[] = []
  for (const run of [first, ...more]) parts.push(await compute(run, hidden => toSigns(hidden, dimensions)))
  return concatenate(parts)
}

/** Runs the model; what `use` is given is gone afterwards. */
async function compute<Result>(ids: number[], use: (hidden: Float32Array) => Result): Promise<Result> {
  const shape = [1, ids.length]
  const result = await session.run(Object.fromEntries(session.inputNames.map(name => [name, new Tensor('int64', INPUTS[name]!(ids), shape)])), [output!])
  const hidden = result[output!]!
  if (hidden.dims.at(-1) !== manifest.dimensions) throw new Error(`The model gives vectors of ${hidden.dims.at(-1)} numbers, not ${manifest.dimensions}`)
  if (hidden.type !== 'float32') throw new Error(`The model gives vectors of ${hidden.type}, not float32`)
  const used = use(hidden.data as Float32Array)
  hidden.dispose()
  return used
}

// The first run allocates what every later one uses; a visitor's first question should not wait for it.
await embed({ text: 'warm up', as: 'vector' })
serveThread(embed, vector => [vector.buffer as ArrayBuffer])
