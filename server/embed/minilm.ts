import { availableParallelism } from 'node:os'
import { AppError } from '../utils/app-error.ts'
import { memoryMb } from '../utils/memory.ts'
import { readModelManifest } from './model.ts'
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
/** With less memory the server and the reader of documents need what a second thread would take. */
const HELP_FROM_MB = 768

/** What an embedding thread is started with. */
export interface EmbedWorkerData { modelDir: string }
/** A text with its prefix, and what is wanted of it: one vector, or those of its tokens as numbers or as signs. */
export interface EmbedRequest { text: string, as: 'vector' | 'tokens' | 'signs' }

/**
 * Starts a MiniLM model directory (see script/build-model.ts) in a thread of its own, with a second one while many
 * documents wait.
 *
 * @param options.entry path of worker.ts or of its bundle
 * @param options.help whether there may be a second thread; by default where there are two cores and the memory
 * @throws AppError('embedding_failed', 503) when the model cannot be loaded
 */
export async function createMiniLmEmbedder(options: { modelDir: string, entry: string, help?: boolean }): Promise<Embedder> {
  const { modelDir, entry } = options
  refuseTelemetry()
  const workerData: EmbedWorkerData = { modelDir }
  const threads = new EmbedThreads<EmbedRequest, Float32Array | Uint8Array>({
    entry, workerData, timeoutMs: TEXT_TIMEOUT_MS, startTimeoutMs: START_TIMEOUT_MS, inFlight: 2, maxWaiting: MAX_WAITING, maxHeapMb: MAX_HEAP_MB,
  }, options.help ?? (availableParallelism() > 1 && memoryMb() >= HELP_FROM_MB))
  try {
    const manifest = readModelManifest(modelDir)
    const countTokens = createTokenCounter(loadTokenizer(modelDir))
    await threads.start()
    return {
      id: manifest.id,
      dimensions: manifest.dimensions,
      window: manifest.window,
      countTokens,
      async embed(texts, kind, signal) {
        const prefix = manifest.prefixes[kind]
        const priority = kind === 'query' ? 'urgent' : 'normal'
        // One failed text fails the call; the rest of it is not worth computing then.
        const stop = new AbortController()
        const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
        try {
          return await Promise.all(texts.map(async text => await threads.call({ text: prefix + text, as: 'vector' }, priority, either) as Float32Array))
        }
        catch (error) {
          stop.abort()
          signal?.throwIfAborted()
          throw failure(error)
        }
      },
      tokens: {
        query: (text, signal) => answered(signal, threads.call({ text: manifest.prefixes.query + text, as: 'tokens' }, 'urgent', signal) as Promise<Float32Array>),
        document: (text, signal) => answered(signal, threads.callAmong({ text: manifest.prefixes.document + text, as: 'signs' }, signal) as Promise<Uint8Array>),
      },
      close: () => threads.close(),
    }
  }
  catch (error) {
    await threads.close()
    throw failure(error)
  }
}

async function answered<Reply>(signal: AbortSignal | undefined, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply
  }
  catch (error) {
    signal?.throwIfAborted()
    throw failure(error)
  }
}

/**
 * From 1.29 on onnxruntime reports its use to its maker, with an id that it keeps in the home folder, unless this variable
 * is set before it is loaded (https://github.com/microsoft/onnxruntime/pull/27379). It is read from the environment of the
 * process, of which a thread has a copy only: hence not in the worker.
 */
function refuseTelemetry(): void {
  // eslint-disable-next-line no-restricted-properties -- written for native code, not read as a setting
  process.env.ORT_DISABLE_TELEMETRY = '1'
}

function failure(cause: unknown): AppError {
  return new AppError('embedding_failed', 503,
    'The embedding model did not answer. Nothing was lost; try again in a moment.', { cause })
}
