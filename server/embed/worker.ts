import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { MODEL_FILE } from './model.ts'
import { pool } from './pooling.ts'
import { openSession, runSession } from './session.ts'
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
const session = await openSession(join(modelDir, manifest.modelFile ?? MODEL_FILE))
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
function compute<Result>(ids: number[], use: (hidden: Float32Array) => Result): Promise<Result> {
  return runSession(session, { ids }, output!, (hidden, dims) => {
    if (dims.at(-1) !== manifest.dimensions) throw new Error(`The model gives vectors of ${dims.at(-1)} numbers, not ${manifest.dimensions}`)
    return use(hidden)
  })
}

// The first run allocates what every later one uses; a visitor's first question should not wait for it.
await embed({ text: 'warm up', as: 'vector' })
serveThread(embed, vector => [vector.buffer as ArrayBuffer])
