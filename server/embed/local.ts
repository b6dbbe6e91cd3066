import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../utils/app-error.ts'
import { memoryMb } from '../utils/memory.ts'
import { estimateTokens } from './estimate.ts'
import { MODEL_FILE, TOKENIZER_FILE, type ModelManifest } from './model.ts'
import { EmbedThreads } from './threads.ts'
import { createTokenCounter, loadTokenizer } from './tokenizer.ts'
import type { Embedder } from './types.ts'

/**
 * A text of 256 word-pieces takes 25 ms on one core; one that has run this long hangs, or the machine is starved.
 */
const TEXT_TIMEOUT_MS = 10_000
const START_TIMEOUT_MS = 30_000
const MAX_WAITING = { urgent: 64, normal: 4_096 }
const MAX_HEAP_MB = 96
/** A made-up vocabulary of 250,000 pieces, 16 MB as JSON like that of multilingual-e5-small, took 286 MB of heap; MiniLM's has half a MB. */
const HEAP_PER_TOKENIZER_BYTE = 18
/** Such a vocabulary is too dear to have twice: beside the thread's own, tokens are estimated. */
const LARGEST_COUNTING_TOKENIZER = 4 * 1024 * 1024
/** With less memory the server and the reader of documents need what a second thread would take. */
export const HELP_FROM_MB = 768
const MB = 1024 * 1024

/** What an embedding thread is started with. */
export interface EmbedWorkerData { modelDir: string, manifest: ModelManifest }
/** A text with its prefix, and what is wanted of it: one vector, or those of its tokens as numbers or as signs. */
export interface EmbedRequest { text: string, as: 'vector' | 'tokens' | 'signs' }

/**
 * Starts a model of a directory in a thread of its own, with a second one while many documents wait.
 *
 * @param options.manifest what is known of the model: `readModelManifest` or `describeModel`
 * @param options.entry path of worker.ts or of its bundle
 * @param options.help whether there may be a second thread; by default where there are two cores and the memory
 * @throws AppError('embedding_failed', 503) when the model cannot be loaded
 */
export async function createLocalEmbedder(options: { modelDir: string, manifest: ModelManifest, entry: string, help?: boolean }): Promise<Embedder> {
  const { modelDir, manifest, entry } = options
  refuseTelemetry()
  let threads: EmbedThreads<EmbedRequest, Float32Array | Uint8Array> | null = null
  try {
    const workerData: EmbedWorkerData = { modelDir, manifest }
    const help = options.help ?? (availableParallelism() > 1 && memoryMb() >= HELP_FROM_MB + helperMb(modelDir, manifest))
    const started = threads = new EmbedThreads<EmbedRequest, Float32Array | Uint8Array>({
      entry, workerData, timeoutMs: TEXT_TIMEOUT_MS, startTimeoutMs: START_TIMEOUT_MS, inFlight: 2, maxWaiting: MAX_WAITING, maxHeapMb: MAX_HEAP_MB + vocabularyMb(modelDir),
    }, help)
    const countTokens = tokenizerBytes(modelDir) > LARGEST_COUNTING_TOKENIZER ? estimateTokens : createTokenCounter(loadTokenizer(modelDir))
    await started.start()
    const { query, document } = manifest.prefixes
    return {
      id: manifest.id,
      dimensions: manifest.dimensions,
      // What goes before each text takes its place from it.
      window: manifest.window - Math.max(countTokens(query), countTokens(document)),
      countTokens,
      async embed(texts, kind, signal) {
        const prefix = manifest.prefixes[kind]
        const priority = kind === 'query' ? 'urgent' : 'normal'
        // One failed text fails the call; the rest of it is not worth computing then.
        const stop = new AbortController()
        const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
        try {
          return await Promise.all(texts.map(async text => await started.call({ text: prefix + text, as: 'vector' }, priority, either) as Float32Array))
        }
        catch (error) {
          stop.abort()
          signal?.throwIfAborted()
          throw embeddingFailed(error)
        }
      },
      // Elsewhere the vectors of single tokens are not what the model was trained for.
      ...manifest.pooling === 'mean' && {
        tokens: {
          query: (text, signal) => answered(signal, started.call({ text: query + text, as: 'tokens' }, 'urgent', signal) as Promise<Float32Array>),
          document: (text, signal) => answered(signal, started.callAmong({ text: document + text, as: 'signs' }, signal) as Promise<Uint8Array>),
        },
      },
      close: () => started.close(),
    }
  }
  catch (error) {
    await threads?.close()
    throw embeddingFailed(error)
  }
}

async function answered<Reply>(signal: AbortSignal | undefined, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply
  }
  catch (error) {
    signal?.throwIfAborted()
    throw embeddingFailed(error)
  }
}

/** What a second thread holds of a model that keeps its weights in the ONNX file; the shipped one's are mapped and shared. */
export function helperMb(modelDir: string, { modelFile = MODEL_FILE }: { modelFile?: string }): number {
  return Math.floor(statSync(join(modelDir, modelFile)).size / MB) + vocabularyMb(modelDir)
}

/** Heap that a vocabulary takes beyond that of an ordinary one. */
export function vocabularyMb(modelDir: string): number {
  return Math.ceil(HEAP_PER_TOKENIZER_BYTE * Math.max(0, tokenizerBytes(modelDir) - MB) / MB)
}

function tokenizerBytes(modelDir: string): number {
  return statSync(join(modelDir, TOKENIZER_FILE)).size
}

export function embeddingFailed(cause: unknown): AppError {
  return new AppError('embedding_failed', 503,
    'The embedding model did not answer. Nothing was lost; try again in a moment.', { cause })
}

/**
 * From 1.29 on onnxruntime reports its use to its maker, with an id that it keeps in the home folder, unless this variable
 * is set before it is loaded (https://github.com/microsoft/onnxruntime/pull/27379). It is read from the environment of the
 * process, of which a thread has a copy only: hence not in the worker.
 */
export function refuseTelemetry(): void {
  // eslint-disable-next-line no-restricted-properties -- written for native code, not read as a setting
  process.env.ORT_DISABLE_TELEMETRY = '1'
}
