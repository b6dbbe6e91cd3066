import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { MODEL_FILE, readModelManifest } from './model.ts'
import { meanPool } from './pooling.ts'
import { serveThread } from '../utils/serve-thread.ts'
import { loadTokenizer } from './tokenizer.ts'
import type { EmbedRequest, EmbedWorkerData } from './minilm.ts'
import { toSigns, toTokens } from './token-vectors.ts'

/**
 * Embeds one text after another. onnxruntime computes synchronously, which is why it lives in a thread of its own, and
 * one text a call is as fast as a batch on a CPU and gives the same vector whatever its neighbours are.
 */
const { modelDir } = workerData as EmbedWorkerData
const manifest = readModelManifest(modelDir)
const tokenizer = loadTokenizer(modelDir)
const session = await InferenceSession.create(join(modelDir, MODEL_FILE), {
  // One: a second core is used by a second thread with a text of its own (see threads.ts).
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
})

async function compute<Result>(text: string, use: (hidden: Float32Array) => Result): Promise<Result> {
  let ids = tokenizer.encode(text).ids
  if (ids.length > manifest.window) ids = [...ids.slice(0, manifest.window - 1), ids.at(-1)!]
  const shape = [1, ids.length]
  const result = await session.run({
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
  })
  const hidden = result.last_hidden_state!
  const used = use(hidden.data as Float32Array)
  hidden.dispose()
  return used
}

async function embed({ text, as }: EmbedRequest): Promise<Float32Array | Uint8Array> {
  const { dimensions } = manifest
  return compute<Float32Array | Uint8Array>(text, hidden => as === 'vector' ? meanPool(hidden, dimensions) : as === 'tokens' ? toTokens(hidden, dimensions) : toSigns(hidden, dimensions))
}

// The first run allocates what every later one uses; a visitor's first question should not wait for it.
await embed({ text: 'warm up', as: 'vector' })
serveThread(embed, vector => [vector.buffer as ArrayBuffer])
