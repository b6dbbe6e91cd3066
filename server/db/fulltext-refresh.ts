import { FORMS_VERSION } from '../retrieval/forms.ts'
import type { Db } from './connection.ts'
import { updateFullText } from './fulltext.ts'
import { getSetting, setSetting } from './settings.ts'

/** Chunks of one step. Where all of them have to be written anew it takes some 30 ms, where none has some 2 ms. */
const STEP_CHUNKS = 8
const SETTING = 'full_text'

/** By which rules the index was made, and while it is being made anew, how far that has got. */
interface FullTextSetting { version: number, next: number | null }

/** What a step has done; null when the index is as the rules of today would make it. */
export interface RefreshStep { seen: number, changed: number }

/**
 * One step of making the index agree with the rules of today ({@link FORMS_VERSION}), where it was written by an earlier
 * version. Searches find every chunk all the while, by its old entries or its new ones. Call it in a transaction, until it
 * gives null; interrupted anywhere it goes on from there.
 */
export function refreshFullTextStep(db: Db): RefreshStep | null {
  const stored = getSetting<FullTextSetting>(db, SETTING)
  const isSame = stored?.version === FORMS_VERSION
  if (isSame && stored.next === null) return null
  const chunks = db.prepare<[number, number], { key: number, document_key: number, heading_path: string, text: string, context: string | null }>(`
    SELECT c.key, c.document_key, c.heading_path, c.text, x.text AS context FROM chunks c LEFT JOIN chunk_contexts x ON x.chunk_key = c.key
    WHERE c.key >= ? ORDER BY c.key LIMIT ?`).all(isSame ? stored.next! : 0, STEP_CHUNKS)
  let changed = 0
  for (const rows of Map.groupBy(chunks, chunk => chunk.document_key).values()) {
    changed += updateFullText(db, rows.map(({ key, heading_path, ...row }) => ({ ...row, chunkKey: key, headingPath: JSON.parse(heading_path) as string[] })))
  }
  const last = chunks.at(-1)
  setSetting(db, SETTING, { version: FORMS_VERSION, next: last ? last.key + 1 : null } satisfies FullTextSetting)
  return { seen: chunks.length, changed }
}
