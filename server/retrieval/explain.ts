import type { Db } from '../db/connection.ts'
import { matchFullText, scoreFullText } from '../db/fulltext.ts'
import { findChunks, findDocument, type DocumentState, type EligibleDocuments } from '../db/search.ts'
import { MAX_NEIGHBOURS, nearestChunks, similarities } from '../db/vectors.ts'
import { favourDefinitions } from './definitions.ts'
import { fuse, type FusedChunk, type ScoredChunk } from './fusion.ts'
import type { Ranking } from './ranking.ts'
import type { ExplainedDocument, RetrievalOptions, TraceCandidate } from './types.ts'

/** Chunks of the document that are scored; a longer one is explained by its beginning. */
const MAX_CHUNKS = 4_000

const NO_CANDIDATE = 'not among the best of either search'
const STATES: Record<Exclude<DocumentState, 'eligible'>, string> = {
  unknown: 'there is no such document',
  not_ready: 'it is not ready: searches see a document when all of it has been read',
  replaced: 'a newer version of it is searched in its place',
  filtered: 'the filters leave it out',
}

/** A search that has been run, as the explanation needs it. */
export interface ExplainedSearch {
  /** Of the question, and of its parts where it has any. */
  rankings: Ranking[]
  eligible: EligibleDocuments
  candidates: TraceCandidate[]
  options: RetrievalOptions
}

/**
 * Where a document's best chunk stood in a search, although it need not have been among the candidates: its chunks are
 * scored as the candidates were, and its ranks are looked up in longer lists. Costs about as much as the search again.
 */
export function explainDocument(db: Db, documentId: string, search: ExplainedSearch): ExplainedDocument {
  const { state, title, chunkKeys } = findDocument(db, documentId, { eligible: search.eligible, limit: MAX_CHUNKS })
  const outside = (dropped: string): ExplainedDocument => ({ documentId, title, candidate: null, dropped })
  if (state !== 'eligible') return outside(STATES[state])
  if (chunkKeys.length === 0) return outside('it has no text')
  const [best] = search.rankings.flatMap(ranking => scoreChunks(db, chunkKeys, ranking, search.options) ?? []).sort((a, b) => b.chunk.score - a.chunk.score)
  if (!best) return outside(search.rankings[0]!.query ? 'it has no vector yet, and none of the words of the question' : 'none of the words of the question is in it')
  const chunk = findChunks(db, [best.chunk.chunkKey]).get(best.chunk.chunkKey)!
  const candidate = { chunkId: chunk.id, documentId, score: best.chunk.score, stages: globalRanks(db, best, search.eligible), dropped: null }
  return explainSelection({ documentId, title, candidate, dropped: null }, search.candidates)
}

/** The same after the candidates were ranked anew: the score that its chunk has now, and what became of it. */
export function explainSelection(explained: ExplainedDocument, candidates: TraceCandidate[]): ExplainedDocument {
  const { documentId, candidate } = explained
  if (!candidate) return explained
  const known = candidates.find(({ chunkId }) => chunkId === candidate.chunkId)
  const isResult = candidates.some(other => other.documentId === documentId && other.dropped === null)
  return {
    ...explained,
    dropped: isResult ? null : known?.dropped ?? NO_CANDIDATE,
    candidate: {
      ...candidate,
      ...known && { score: known.score, stages: { ...candidate.stages, fusion: known.stages.fusion, ...known.stages.rerank && { rerank: known.stages.rerank }, ...known.stages.cross && { cross: known.stages.cross } } },
      dropped: known ? known.dropped : NO_CANDIDATE,
    },
  }
}

interface Scored { chunk: FusedChunk, ranking: Ranking }

/** The document's best chunk after fusion with the candidates of a query. */
function scoreChunks(db: Db, chunkKeys: number[], ranking: Ranking, options: RetrievalOptions): Scored | undefined {
  const { asked, query, forms, vector, text } = ranking
  const own = new Set(chunkKeys)
  const others = (list: ScoredChunk[]) => list.filter(({ chunkKey }) => !own.has(chunkKey))
  const nearness = query ? similarities(db, { ...query, chunkKeys }).map(({ chunkKey, similarity }) => ({ chunkKey, score: similarity })) : []
  const words = [...others(text), ...scoreFullText(db, { forms, chunkKeys })]
  const chunk = favourDefinitions(db, asked, fuse([...others(vector), ...nearness], words, options), options).find(({ chunkKey }) => own.has(chunkKey))
  return chunk && { chunk, ranking }
}

function globalRanks(db: Db, { chunk: { chunkKey, stages }, ranking: { query, forms } }: Scored, eligible: EligibleDocuments): FusedChunk['stages'] {
  const rankIn = (list: { chunkKey: number }[]) => {
    const index = list.findIndex(item => item.chunkKey === chunkKey)
    return index < 0 ? MAX_NEIGHBOURS + 1 : index + 1
  }
  return {
    fusion: stages.fusion,
    ...query && stages.vector && { vector: { ...stages.vector, rank: rankIn(nearestChunks(db, { ...query, k: MAX_NEIGHBOURS, eligible })) } },
    ...stages.text && { text: { ...stages.text, rank: rankIn(matchFullText(db, { forms, k: MAX_NEIGHBOURS, eligible })) } },
  }
}
