import { z } from 'zod'

/** Query of `DELETE /api/documents/:id`: what becomes of the document's quotes in answers. */
export const erasureQuerySchema = z.object({
  /** `erase`: they go with their source. `mark`: they stay, with a mark that their source was deleted. */
  answers: z.enum(['erase', 'mark']).default('erase'),
})
export type ErasureOptions = z.infer<typeof erasureQuerySchema>

/** What was looked at after the deletion, byte by byte, for sentences of the document. */
export interface ErasureScan {
  /** Sentences that were looked for, spread over the document; 0 when it had no text yet. */
  sampled: number
  /** Of these, how many are still somewhere without a reason. */
  found: number
  /** Of these, how many are there because another document or a chat says the same, or because their quotes were kept. */
  heldElsewhere: number
  places: { place: 'database' | 'wal' | 'files' | 'temporary', bytes: number }[]
  /** False when there was more to read than there was time for. */
  complete: boolean
  /** Nothing was found and everything was read. */
  clean: boolean
}

/** Answer of `DELETE /api/documents/:id`. It is given once and stored nowhere. */
export interface ErasureReceipt {
  documentId: string
  title: string
  filename: string
  deletedAt: string
  answers: ErasureOptions['answers']
  removed: {
    pages: number
    /** Pages whose character boxes went. */
    boxes: number
    chunks: number
    fullTextRows: number
    vectors: number
    /** Quotes taken from answers and from what was said of them; 0 where they were kept. */
    quotes: number
    /** Stored events of answers that held passages of the document. */
    runEvents: number
    files: number
    bytes: number
  }
  /** Answers that are now without this source, and citations that carry the mark. */
  marked: { answers: number, citations: number }
  scan: ErasureScan
  /** Backups made before may hold the document until they are replaced. */
  backups: number
  ms: number
}
