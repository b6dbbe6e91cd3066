import type { SearchMode } from './search.ts'

/** A model in use, and how it stands with the one that was chosen. */
export interface ModelStatus {
  /** Null where none is in use. */
  id: string | null
  /**
   * `off`: none was chosen; `ready`; `preparing`: it is being fetched or asked; `waiting`: that failed and is tried again;
   * `missing`, `failed`: it cannot be had until somebody changes something. Until it is ready the model before it is in use, or none.
   */
  state: 'off' | 'ready' | 'preparing' | 'waiting' | 'missing' | 'failed'
  /** What keeps it from being used, for people; null where nothing does. */
  message: string | null
}

/** The embedding model; without one searches go by words alone. */
export type EmbedderStatus = ModelStatus

/** How it stands with contexts that a model writes for passages (`RAGTIME_CHUNK_CONTEXT`). */
export interface ContextStatus {
  /** `full`: the limit of money is reached; `waiting`: it failed and is tried again; `stopped`: somebody has to change something first. */
  state: 'off' | 'idle' | 'writing' | 'waiting' | 'full' | 'stopped'
  /** What keeps them from being written, for people; null where nothing does. */
  message: string | null
}

/** Answer of `GET /api/status`: what the interface says about this copy. */
export interface Status {
  /** `keyword` when no embedding model is there. */
  mode: SearchMode
  embedder: EmbedderStatus
  /** The model that reads the best passages of a search once more; off unless one was chosen. */
  reranker: ModelStatus
  chunkContext: ContextStatus
  /** True without an Anthropic key: answers quote and do not compose. */
  keyless: boolean
  version: string
  /** Whether documents can be added from the web. */
  webImport: boolean
  documents: { ready: number, processing: number, failed: number }
}

/** Lists of the API; `nextCursor` is null on the last page. */
export interface Page<T> { items: T[], nextCursor: string | null }
