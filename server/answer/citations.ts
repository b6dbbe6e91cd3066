import { readCanonicalRange } from '../db/citations.ts'
import type { Db } from '../db/connection.ts'
import type { Citation, RunEvent } from '../../shared/schemas/chats.ts'
import type { CoveredRange } from './support.ts'
import type { CitationPointer } from './types.ts'

type CitationEvent = Extract<RunEvent, { type: 'citation' }>

/**
 * Turns the pointers of one answer into citations.
 *
 * Each pointer is read back from the canonical text first: what is not word for word there, or whose document has
 * been deleted meanwhile, is dropped and counted. Numbers follow the order of first appearance, and a range that is
 * cited again keeps its number.
 */
export class CitationLedger {
  readonly #db: Db
  readonly #byRange = new Map<string, Citation>()
  readonly #changed = new Set<Citation>()
  /** Ranges of the answer's text that a checked citation stands behind. */
  readonly covered: CoveredRange[] = []
  dropped = 0

  constructor(db: Db) {
    this.#db = db
  }

  /** The event for a pointer that stands after `content`; null when the pointer was dropped. */
  add(pointer: CitationPointer, content: string): CitationEvent | null {
    const { documentId, chunkId } = pointer.chunk
    const found = readCanonicalRange(this.#db, documentId, pointer.start, pointer.end)
    if (!found || found.text !== pointer.quote) {
      this.dropped++
      return null
    }
    const at = content.trimEnd().length
    const key = `${documentId} ${pointer.start} ${pointer.end}`
    let citation = this.#byRange.get(key)
    if (!citation) {
      const { title, page } = found
      const { start, end, quote } = pointer
      citation = { n: this.#byRange.size + 1, documentId, title, page, start, end, quote, chunkId, anchors: [] }
      this.#byRange.set(key, citation)
    }
    this.covered.push({ start: Math.max(0, content.length - pointer.covers), end: at })
    // The same number twice at one place says nothing more.
    if (citation.anchors.at(-1) === at) return null
    citation.anchors.push(at)
    this.#changed.add(citation)
    const { anchors: _, ...rest } = citation
    return { type: 'citation', data: { ...rest, at } }
  }

  get citations(): Citation[] {
    return [...this.#byRange.values()]
  }

  /** Citations that are new or have new anchors since they were last stored. */
  get unsaved(): Citation[] {
    return [...this.#changed]
  }

  markSaved(): void {
    this.#changed.clear()
  }
}
