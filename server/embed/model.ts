import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { POOLINGS } from './registry.ts'

/** Name of the manifest in a model directory; written last, so a directory that has it is complete. */
export const MODEL_MANIFEST = 'model.json'
export const MODEL_FILE = 'model.onnx'
/** The weights that model.onnx refers to; the runtime maps them from the file. */
export const MODEL_DATA_FILE = 'model.onnx.data'
export const TOKENIZER_FILE = 'tokenizer.json'
export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json'

const manifestSchema = z.object({
  /** Names model, precision and preprocessing; vectors of different ids are never compared. */
  id: z.string().min(1),
  dimensions: z.int().positive(),
  /** Longest input in word-pieces, the two special ones included. */
  window: z.int().positive(),
  pooling: z.enum(POOLINGS),
  /** What goes before a text of each kind, as the model was trained. */
  prefixes: z.object({ query: z.string(), document: z.string() }),
  /** Path of the ONNX file in the directory; by default {@link MODEL_FILE}. */
  modelFile: z.string().min(1).optional(),
  source: z.object({ package: z.string(), version: z.string(), licence: z.string() }),
  /** SHA-256 of each file in hexadecimal. */
  files: z.record(z.string(), z.string().length(64)),
})
export type ModelManifest = z.infer<typeof manifestSchema>

/** Reads and checks the manifest of a model directory made by `npm run build:model` or by a download. Throws where there is none. */
export function readModelManifest(modelDir: string): ModelManifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(modelDir, MODEL_MANIFEST), 'utf8')))
}
