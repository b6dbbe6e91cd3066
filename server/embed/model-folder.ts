import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { AppError } from '../utils/app-error.ts'
import { MODEL_MANIFEST, readModelManifest, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, type ModelManifest } from './model.ts'
import { KNOWN_MODEL_NAMES, knownModel, MAX_WINDOW, type ModelTraits, type Pooling } from './registry.ts'

/** Where hubs keep ONNX files, the ones for a processor first: a quarter of the size and two to three times as fast. */
export const MODEL_FILES = ['model_quantized.onnx', 'model_int8.onnx', 'model.onnx'].flatMap(name => [`onnx/${name}`, name])
/** Weights of a large model lie beside its file, by either of these endings. */
export const WEIGHTS_ENDINGS = ['_data', '.data']
/** Small files that say how a model is used, where they are there. */
export const MODEL_SETTINGS = ['config.json', 'modules.json', '1_Pooling/config.json', 'sentence_bert_config.json', 'config_sentence_transformers.json']
/** Raised with every change that makes other vectors of the same files. */
const PREPROCESSING_VERSION = 1
const MAX_SETTINGS_BYTES = 1024 * 1024
/** What may stand in modules.json: the vectors that ONNX files give are those before any further layer. */
const MODULES = /\.(?:Transformer|Pooling|Normalize)$/

const settingsSchemas = {
  'config.json': z.object({
    hidden_size: z.int().positive().optional(), dim: z.int().positive().optional(), max_position_embeddings: z.int().positive().optional(),
    architectures: z.array(z.string()).nullish(), id2label: z.record(z.string(), z.unknown()).nullish(), num_labels: z.int().nullish(),
  }),
  'modules.json': z.array(z.object({ type: z.string() })),
  '1_Pooling/config.json': z.record(z.string(), z.unknown()),
  'sentence_bert_config.json': z.object({ max_seq_length: z.number().positive().nullish() }),
  'config_sentence_transformers.json': z.object({ prompts: z.record(z.string(), z.string()).nullish() }),
  [TOKENIZER_CONFIG_FILE]: z.object({ model_max_length: z.number().positive().nullish() }),
}
type SettingsFile = keyof typeof settingsSchemas

/** What a model is used for: how people call it, and the beginning of the codes of its errors. */
export interface ModelKind { noun: string, code: 'embedder' | 'reranker' }
export const EMBEDDING_MODEL: ModelKind = { noun: 'embedding model', code: 'embedder' }

/**
 * What has to be known of the model in a folder, as a hub lays it out or as `npm run build:model` makes it. The id holds a
 * fingerprint of the files and of all that is done to a text, so that other vectors never have the same one.
 *
 * @param name what the model is called, to find it in the registry; by default the name of the folder
 * @throws AppError('embedder_unusable', 503) when a file is missing or damaged, or the model is unknown and does not say
 * how it pools; the message tells what to do
 */
export async function describeModel(dir: string, name = basename(resolve(dir))): Promise<ModelManifest> {
  if (existsSync(join(dir, MODEL_MANIFEST))) return readManifest(dir, name)
  const modelFile = findModelFile(dir, name)
  const traits = knownModel(name) ?? traitsOf(dir, name)
  const width = widthOf(dir, name)
  if (width !== undefined && width !== traits.dimensions) {
    throw unusable(name, `its config.json tells of ${width} dimensions and ${name} has ${traits.dimensions}: it is another model than its name says`)
  }
  const files = await hashFiles(dir, modelFile)
  return { id: modelId(name, modelFile, [PREPROCESSING_VERSION, files, traits]), ...traits, modelFile, source: { package: name, version: '', licence: '' }, files }
}

/** The ONNX file of a folder that has all that a model needs. @throws AppError that names what is missing */
export function findModelFile(dir: string, name: string, kind = EMBEDDING_MODEL): string {
  const modelFile = MODEL_FILES.find(file => existsSync(join(dir, file)))
  if (!modelFile) throw unusable(name, `there is none of ${MODEL_FILES.join(', ')} in ${dir}`, undefined, kind)
  for (const file of [TOKENIZER_FILE, TOKENIZER_CONFIG_FILE]) {
    if (!existsSync(join(dir, file))) throw unusable(name, `${file} is missing in ${dir}`, undefined, kind)
  }
  return modelFile
}

/** Checksums of all files that decide what a model computes, by their paths in the folder. */
export async function hashFiles(dir: string, modelFile: string): Promise<Record<string, string>> {
  const weights = WEIGHTS_ENDINGS.map(ending => modelFile + ending).filter(file => existsSync(join(dir, file)))
  const files: Record<string, string> = {}
  for (const file of [modelFile, ...weights, TOKENIZER_FILE, TOKENIZER_CONFIG_FILE]) files[file] = await hashFile(join(dir, file))
  return files
}

/** A name with the precision and a fingerprint of all that decides what comes out. */
export function modelId(name: string, modelFile: string, parts: unknown[]): string {
  const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
  return `${name}-${/model_?(\w*)\.onnx$/.exec(modelFile)?.[1] || 'float32'}-${fingerprint}`
}

/** Says of a model why it cannot be used; `why` goes on after its name. */
export function unusable(name: string, why: string, cause?: unknown, { noun, code } = EMBEDDING_MODEL): AppError {
  return new AppError(`${code}_unusable`, 503, `The ${noun} ${name} cannot be used: ${why}.`, { cause })
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function readManifest(dir: string, name: string): ModelManifest {
  try {
    return readModelManifest(dir)
  }
  catch (error) {
    throw unusable(name, `its ${MODEL_MANIFEST} is damaged; remove ${dir} and it is made again`, error)
  }
}

/** Of a model that the registry does not know: what its own files say. */
function traitsOf(dir: string, name: string): ModelTraits {
  const modules = readSettings(dir, name, 'modules.json') ?? []
  const further = modules.map(({ type }) => type).filter(type => !MODULES.test(type))
  if (further.length > 0) throw unusable(name, `it has layers that an ONNX file leaves out (${further.join(', ')})`)
  const dimensions = widthOf(dir, name)
  if (dimensions === undefined) throw unusable(name, 'its config.json does not say how many dimensions it has')
  const prompts = readSettings(dir, name, 'config_sentence_transformers.json')?.prompts ?? {}
  const lengths = [
    readSettings(dir, name, 'sentence_bert_config.json')?.max_seq_length,
    readSettings(dir, name, TOKENIZER_CONFIG_FILE)?.model_max_length,
    readSettings(dir, name, 'config.json')?.max_position_embeddings,
  ]
  return {
    pooling: poolingOf(dir, name),
    prefixes: { query: prompts.query ?? '', document: prompts.document ?? prompts.passage ?? '' },
    window: Math.floor(Math.min(MAX_WINDOW, ...lengths.filter(length => typeof length === 'number'))),
    dimensions,
  }
}

/** https://github.com/UKPLab/sentence-transformers/blob/master/sentence_transformers/models/Pooling.py */
const POOLING_MODES: Record<string, Pooling> = {
  pooling_mode_mean_tokens: 'mean', pooling_mode_cls_token: 'cls', pooling_mode_lasttoken: 'last',
}

function poolingOf(dir: string, name: string): Pooling {
  const config = readSettings(dir, name, '1_Pooling/config.json')
  if (!config) {
    throw unusable(name, `Ragtime does not know it, and without 1_Pooling/config.json beside its files nothing says how it pools. Add that file from the model's page, or use one of ${KNOWN_MODEL_NAMES.join(', ')}`)
  }
  const modes = Object.entries(config).filter(([key, value]) => key.startsWith('pooling_mode_') && value === true).map(([key]) => key)
  const pooling = modes.length === 1 ? POOLING_MODES[modes[0]!] : undefined
  if (!pooling) throw unusable(name, `it pools by ${modes.join(' and ') || 'nothing'}; the mean, the first or the last token are known`)
  return pooling
}

function widthOf(dir: string, name: string): number | undefined {
  const config = readSettings(dir, name, 'config.json')
  return config?.hidden_size ?? config?.dim
}

/** One of the small files that say how a model is used; null where it is not there. */
export function readSettings<F extends SettingsFile>(dir: string, name: string, file: F, kind = EMBEDDING_MODEL): z.infer<typeof settingsSchemas[F]> | null {
  const path = join(dir, file)
  if (!existsSync(path)) return null
  try {
    if (statSync(path).size > MAX_SETTINGS_BYTES) throw new Error('It is too large')
    return settingsSchemas[file].parse(JSON.parse(readFileSync(path, 'utf8'))) as z.infer<typeof settingsSchemas[F]>
  }
  catch (error) {
    throw unusable(name, `its ${file} is damaged`, error, kind)
  }
}
