import { createLocalEmbedder, embeddingFailed } from './local.ts'
import { readModelManifest } from './model.ts'
import type { Embedder } from './types.ts'

/**
 * Starts the model that comes with the product, of a directory that script/build-model.ts has made.
 *
 * @param options as of {@link createLocalEmbedder}
 * @throws AppError('embedding_failed', 503) when the model cannot be loaded
 */
export async function createMiniLmEmbedder(options: { modelDir: string, entry: string, help?: boolean }): Promise<Embedder> {
  return createLocalEmbedder({ ...options, manifest: manifestOf(options.modelDir) })
}

function manifestOf(modelDir: string) {
  try {
    return readModelManifest(modelDir)
  }
  catch (error) {
    throw embeddingFailed(error)
  }
}
