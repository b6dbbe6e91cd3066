import type { SearchMode } from './search.ts'

/** Answer of `GET /api/status`: what the interface says about this copy. */
export interface Status {
  /** `keyword` when no embedding model is there. */
  mode: SearchMode
  /** True without an Anthropic key: answers quote and do not compose. */
  keyless: boolean
  version: string
  /** Whether documents can be added from the web. */
  webImport: boolean
  documents: { ready: number, processing: number, failed: number }
}

/** Lists of the API; `nextCursor` is null on the last page. */
export interface Page<T> { items: T[], nextCursor: string | null }
