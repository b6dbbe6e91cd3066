import { availableParallelism } from 'node:os'
import { AppError } from '../../utils/app-error.ts'
import { memoryMb } from '../../utils/memory.ts'
import { HELP_FROM_MB, helperMb, refuseTelemetry, vocabularyMb } from '../local.ts'
import { EmbedThreads } from '../threads.ts'
import type { CrossEncoderManifest } from './folder.ts'

/** Texts that a thread is given at a time: when a question gives up, no more than these are finished for nothing. */
const BATCH = 4
/** Of one batch; a model that takes longer is of no use to a question, and a thread that does so hangs. */
const BATCH_TIMEOUT_MS = 30_000
/** A large model of a slow disk. */
const START_TIMEOUT_MS = 60_000
const MAX_WAITING = { urgent: 256, normal: 1 }
const MAX_HEAP_MB = 96

/** What a thread is started with. */
export interface CrossWorkerData { modelDir: string, manifest: CrossEncoderManifest }
export interface CrossRequest { query: string, texts: string[] }

/** Reads a question and a text together and says how well the text answers it (https://arxiv.org/abs/1901.04085). */
export interface CrossEncoder {
  readonly id: string
  /** For each text the probability, 0 to 1, that it answers the question. Equal pairs get equal ones. Rejects when one fails. */
  score: (query: string, texts: string[], signal?: AbortSignal) => Promise<number[]>
  close: () => Promise<void>
}

/**
 * Starts the cross-encoder of a directory in a thread of its own, with a second one while questions come where there are two
 * cores and the memory.
 *
 * @param options.entry path of worker.ts or of its bundle
 * @throws AppError('reranker_failed', 503) when the model cannot be loaded or does not give one number for a pair
 */
export async function createCrossEncoder(options: { modelDir: string, manifest: CrossEncoderManifest, entry: string, help?: boolean }): Promise<CrossEncoder> {
  const { modelDir, manifest, entry } = options
  refuseTelemetry()
  let threads: EmbedThreads<CrossRequest, number[]> | null = null
  try {
    const workerData: CrossWorkerData = { modelDir, manifest }
    const help = options.help ?? (availableParallelism() > 1 && memoryMb() >= HELP_FROM_MB + 2 * helperMb(modelDir, manifest))
    const started = threads = new EmbedThreads<CrossRequest, number[]>({
      entry, workerData, timeoutMs: BATCH_TIMEOUT_MS, startTimeoutMs: START_TIMEOUT_MS, inFlight: 1, maxWaiting: MAX_WAITING, maxHeapMb: MAX_HEAP_MB + vocabularyMb(modelDir),
    }, help)
    await started.start()
    return {
      id: manifest.id,
      async score(query, texts, signal) {
        const stop = new AbortController()
        const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
        const batches = Array.from({ length: Math.ceil(texts.length / BATCH) }, (_, i) => texts.slice(i * BATCH, (i + 1) * BATCH))
        try {
          return (await Promise.all(batches.map(batch => started.callAmong({ query, texts: batch }, either)))).flat().map(probability)
        }
        catch (error) {
          stop.abort()
          signal?.throwIfAborted()
          throw failed(error)
        }
      },
      close: () => started.close(),
    }
  }
  catch (error) {
    await threads?.close()
    throw failed(error)
  }
}

/** The sigmoid: models of this kind are trained with it, so that their numbers become comparable between questions. */
function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

function failed(cause: unknown): AppError {
  return new AppError('reranker_failed', 503, 'The reranking model did not answer. Searches go on without it.', { cause })
}
