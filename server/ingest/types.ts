import type { Block } from '../../shared/schemas/documents.ts'

/** Half-open range of UTF-16 code units. */
export type Range = [start: number, end: number]

/** A chunk before it is embedded; ranges are in the canonical text. */
export interface ChunkDraft {
  ordinal: number
  headingPath: string[]
  pageStart: number
  pageEnd: number
  start: number
  end: number
  text: string
  sentences: Range[]
  tokens: number
}

/** What chunking needs of a page, positions already in the canonical text. */
export interface CanonicalPage {
  number: number
  start: number
  end: number
  text: string
  blocks: Block[]
  /** The page's last block is a paragraph that goes on with the first block of the next page. */
  continues?: boolean
}
