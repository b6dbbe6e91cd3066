import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { findModelFile, hashFiles, modelId, readSettings, unusable, type ModelKind } from '../model-folder.ts'
import { MODEL_MANIFEST, TOKENIZER_CONFIG_FILE } from '../model.ts'
import { MAX_WINDOW } from '../registry.ts'
import { KNOWN_CROSS_ENCODER_NAMES, knownCrossEncoder } from './registry.ts'

export const RERANKING_MODEL: ModelKind = { noun: 'reranking model', code: 'reranker' }
/** Raised with every change that makes other scores of the same files. */
const PREPROCESSING_VERSION = 1
const ARCHITECTURE = /ForSequenceClassification$/
/** Room for a question and some words of a text. */
const LEAST_WINDOW = 16

const manifestSchema = z.object({
  kind: z.literal('cross-encoder'),
  /** Names model, precision and preprocessing. */
  id: z.string().min(1),
  /** Longest pair in tokens, the special ones included. */
  window: z.int().min(LEAST_WINDOW),
  /** Path of the ONNX file in the directory. */
  modelFile: z.string().min(1),
  source: z.object({ package: z.string(), version: z.string(), licence: z.string() }),
  /** SHA-256 of each file in hexadecimal. */
  files: z.record(z.string(), z.string().length(64)),
})
export type CrossEncoderManifest = z.infer<typeof manifestSchema>

/**
 * What has to be known of the cross-encoder in a folder, as a hub lays it out. One that the registry does not know must say
 * in its config.json that it gives one number for a pair: an embedding model runs as well and its numbers mean nothing here.
 *
 * @param name what the model is called, to find it in the registry; by default the name of the folder
 * @throws AppError('reranker_unusable', 503); the message tells what to do
 */
export async function describeCrossEncoder(dir: string, name = basename(resolve(dir))): Promise<CrossEncoderManifest> {
  if (existsSync(join(dir, MODEL_MANIFEST))) return readManifest(dir, name)
  const modelFile = findModelFile(dir, name, RERANKING_MODEL)
  const window = knownCrossEncoder(name)?.window ?? windowOf(dir, name)
  const files = await hashFiles(dir, modelFile)
  return {
    kind: 'cross-encoder', id: modelId(name, modelFile, [PREPROCESSING_VERSION, files, window]), window, modelFile,
    source: { package: name, version: '', licence: '' }, files,
  }
}

function windowOf(dir: string, name: string): number {
  const config = readSettings(dir, name, 'config.json', RERANKING_MODEL)
  const labels = config?.num_labels ?? (config?.id2label ? Object.keys(config.id2label).length : null)
  const isCrossEncoder = config?.architectures?.some(architecture => ARCHITECTURE.test(architecture)) ?? false
  if (!isCrossEncoder || labels !== 1) {
    throw unusable(name, `its config.json does not say that it gives one number for a question and a text (…ForSequenceClassification with one label). Known ones are ${KNOWN_CROSS_ENCODER_NAMES.join(', ')}`, undefined, RERANKING_MODEL)
  }
  const lengths = [config?.max_position_embeddings, readSettings(dir, name, TOKENIZER_CONFIG_FILE, RERANKING_MODEL)?.model_max_length]
  const window = Math.floor(Math.min(MAX_WINDOW, ...lengths.filter(length => typeof length === 'number')))
  if (window < LEAST_WINDOW) throw unusable(name, `it reads no more than ${window} tokens`, undefined, RERANKING_MODEL)
  return window
}

function readManifest(dir: string, name: string): CrossEncoderManifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(dir, MODEL_MANIFEST), 'utf8')))
  }
  catch (error) {
    throw unusable(name, `its ${MODEL_MANIFEST} is damaged or of a model of another kind`, error, RERANKING_MODEL)
  }
}
