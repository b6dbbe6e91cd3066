import type { SourceChunk } from '../../shared/schemas/chats.ts'
import type { RetrievedChunk } from '../retrieval/types.ts'

/** A found chunk as the stream of events shows it. */
export function toSourceChunk({ chunkId, documentId, title, page, start, end, headingPath, text, score }: RetrievedChunk): SourceChunk {
  return { chunkId, documentId, title, page, start, end, headingPath, text, score }
}
