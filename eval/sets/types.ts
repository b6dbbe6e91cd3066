import type { LibraryFile } from '../support/library.ts'

export const SET_NAMES = ['samples', 'codebase', 'xquad-en', 'chunking', 'papers'] as const
export type SetName = typeof SET_NAMES[number]

/** A passage of a file of the set that answers a question; `place` is how far into the file it stands, 0 to 1. */
export interface Reference { document: string, text: string, place: number }

export interface EvaluationQuestion {
  id: string
  text: string
  /** Questions asked before it in the same chat, oldest first. */
  after?: string[]
  /** File names of the documents that answer it; none: nothing in the set does. */
  documents: string[]
  /** Strings of which an answering sentence contains one. */
  answers?: string[]
  /** Passages that together answer it. */
  references?: Reference[]
  /** An answer in somebody's own words. */
  freeAnswer?: string
}

/** Documents to upload and questions about them. */
export interface EvaluationSet {
  name: SetName
  files: LibraryFile[]
  questions: EvaluationQuestion[]
  /** SHA-256 of the files that the questions come from, by name; what the figures are about. */
  checksums: Record<string, string>
}
