/** How a model makes one vector of the vectors of its tokens. */
export const POOLINGS = ['mean', 'cls', 'last'] as const
export type Pooling = typeof POOLINGS[number]

/** What has to be known about a model and does not follow from its ONNX file. */
export interface ModelTraits {
  pooling: Pooling
  /** What goes before a text of each kind, as the model was trained. */
  prefixes: { query: string, document: string }
  /** Longest input in tokens, the special ones included. */
  window: number
  dimensions: number
}

/**
 * Longest input that is used of any model. A chunk has some 200 tokens and its headings; memory and time of a text grow
 * with the square of what a model of 8,192 would be allowed.
 */
export const MAX_WINDOW = 512

const BGE_QUERY = 'Represent this sentence for searching relevant passages: '
const ARCTIC = (dimensions: number): ModelTraits => ({ pooling: 'cls', prefixes: { query: BGE_QUERY, document: '' }, window: 512, dimensions })

/** Models by the last part of their name on the hub, from their model cards (https://huggingface.co/NAME). */
const KNOWN_MODELS: Record<string, ModelTraits> = {
  'all-MiniLM-L6-v2': { pooling: 'mean', prefixes: { query: '', document: '' }, window: 256, dimensions: 384 },
  'bge-small-en-v1.5': { pooling: 'cls', prefixes: { query: BGE_QUERY, document: '' }, window: 512, dimensions: 384 },
  'multilingual-e5-small': { pooling: 'mean', prefixes: { query: 'query: ', document: 'passage: ' }, window: 512, dimensions: 384 },
  'snowflake-arctic-embed-xs': ARCTIC(384),
  'snowflake-arctic-embed-s': ARCTIC(384),
  'snowflake-arctic-embed-m': ARCTIC(768),
  'nomic-embed-text-v1.5': { pooling: 'mean', prefixes: { query: 'search_query: ', document: 'search_document: ' }, window: MAX_WINDOW, dimensions: 768 },
}

export const KNOWN_MODEL_NAMES = Object.keys(KNOWN_MODELS)

/** The traits of a model that is called so, whoever has converted it and whatever the case of its letters; null: unknown. */
export function knownModel(name: string): ModelTraits | null {
  const found = KNOWN_MODEL_NAMES.find(known => known.toLowerCase() === name.toLowerCase())
  return found === undefined ? null : KNOWN_MODELS[found]!
}
