import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildModel } from '../../script/build-model.ts'
import { createMiniLmEmbedder } from '../../server/embed/minilm.ts'
import type { Embedder } from '../../server/embed/types.ts'
import { BUNDLED_ENTRIES } from '../../server/utils/entries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The embedder that comes with the product, from the sources; its model is built where it is missing. */
export async function openEmbedder(): Promise<Embedder> {
  const modelDir = join(root, '.model/all-MiniLM-L6-v2')
  buildModel(modelDir)
  return createMiniLmEmbedder({ modelDir, entry: join(root, BUNDLED_ENTRIES.embed) })
}
