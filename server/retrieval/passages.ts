import type { Db } from '../db/connection.ts'
import { readText } from '../db/pages.ts'
import type { FoundChunk } from '../db/search.ts'
import type { FusedChunk } from './fusion.ts'
import { withDefaults } from './options.ts'
import { spreadDocuments } from './spread.ts'
import type { RetrievalTrace, RetrievedChunk, SearchRequest } from './types.ts'

/** A merged result stays short enough to be read as one passage. */
const MAX_MERGED_TOKENS = 600

export interface Candidate { fused: FusedChunk, chunk: FoundChunk }
interface Selected { candidate: Candidate, result: RetrievedChunk }

/**
 * Chooses the results from the ranked candidates and says of every other one why it is none: the same text as a better
 * one (a document that is here in two formats), beyond the limit, beyond the token budget, or too much of one document
 * where others are nearly as good. Then joins neighbours.
 */
export function selectPassages(db: Db, ranked: Candidate[], request: SearchRequest): { results: RetrievedChunk[], candidates: RetrievalTrace['candidates'] } {
  const seen = new Set<string>()
  const selected: Selected[] = []
  let tokens = 0
  const candidates = ranked.map((candidate) => {
    const { fused, chunk } = candidate
    const content = chunk.text.replaceAll(/\s+/g, ' ').trim().toLowerCase()
    let dropped: string | null = null
    if (seen.has(content)) dropped = 'same text as a better result'
    else if (selected.length >= request.limit) dropped = `beyond the limit of ${request.limit}`
    else if (request.maxTokens !== undefined && selected.length > 0 && tokens + chunk.tokens > request.maxTokens) dropped = `beyond the budget of ${request.maxTokens} tokens`
    else {
      selected.push({ candidate, result: toResult(candidate) })
      tokens += chunk.tokens
    }
    seen.add(content)
    return { chunkId: chunk.id, documentId: chunk.documentId, stages: fused.stages, score: fused.score, dropped }
  })
  return { results: mergeNeighbours(db, spread(ranked, selected, candidates, request)), candidates }
}

/** Lets other documents in where one takes too many of the places; says so in `candidates`, which is parallel to `ranked`. */
function spread(ranked: Candidate[], selected: Selected[], candidates: RetrievalTrace['candidates'], { limit, maxTokens, options }: SearchRequest): Selected[] {
  if (selected.length < limit || maxTokens !== undefined) return selected
  const beyond = ranked.filter((_, index) => candidates[index]!.dropped?.startsWith('beyond the limit'))
  const asSpreadable = ({ fused, chunk }: Candidate) => ({ documentKey: chunk.documentKey, score: fused.score })
  const most = Math.max(1, Math.floor(withDefaults(options).documentShare * limit))
  const pairs = spreadDocuments(selected.map(({ candidate }) => asSpreadable(candidate)), beyond.map(asSpreadable), most)
  if (pairs.length === 0) return selected
  const mark = (candidate: Candidate, dropped: string | null) => {
    candidates[ranked.indexOf(candidate)]!.dropped = dropped
  }
  const out = new Set(pairs.map(([index]) => index))
  for (const index of out) mark(selected[index]!.candidate, `beyond ${most} of one document: others are nearly as good`)
  const into = pairs.map(([, index]) => beyond[index]!).sort((a, b) => ranked.indexOf(a) - ranked.indexOf(b))
  for (const candidate of into) mark(candidate, null)
  return [...selected.filter((_, index) => !out.has(index)), ...into.map(candidate => ({ candidate, result: toResult(candidate) }))]
}

/** A result as the chunk of it that a position of the canonical text belongs to: its id, headings and score. */
export function chunkAt(result: RetrievedChunk, position: number): RetrievedChunk {
  const part = result.parts?.findLast(({ start }) => start <= position)
  return part ? { ...result, chunkId: part.chunkId, headingPath: part.headingPath, score: part.score } : result
}

function toResult({ fused, chunk }: Candidate): RetrievedChunk {
  return {
    documentId: chunk.documentId, title: chunk.title, chunkId: chunk.id, page: chunk.page, start: chunk.start, end: chunk.end, text: chunk.text,
    headingPath: chunk.headingPath, score: fused.score, stages: fused.stages, sentences: chunk.sentences, tokens: chunk.tokens,
  }
}

/** Joins chunks that follow each other in a document; the passage stands where its best chunk stood. */
function mergeNeighbours(db: Db, selected: Selected[]): RetrievedChunk[] {
  const order = new Map(selected.map(({ result }, index) => [result.chunkId, index]))
  const inDocumentOrder = selected.toSorted((a, b) =>
    a.candidate.chunk.documentKey - b.candidate.chunk.documentKey || a.candidate.chunk.ordinal - b.candidate.chunk.ordinal)
  const groups: Selected[][] = []
  for (const item of inDocumentOrder) {
    const group = groups.at(-1)
    const before = group?.at(-1)?.candidate.chunk
    const chunk = item.candidate.chunk
    const follows = before?.documentKey === chunk.documentKey && before.ordinal + 1 === chunk.ordinal
    if (group && follows && sum(group) + chunk.tokens <= MAX_MERGED_TOKENS) group.push(item)
    else groups.push([item])
  }
  return groups.map(group => group.length === 1 ? group[0]!.result : join(db, group, order))
    .sort((a, b) => order.get(a.chunkId)! - order.get(b.chunkId)!)
}

function join(db: Db, group: Selected[], order: Map<string, number>): RetrievedChunk {
  const best = group.reduce((a, b) => order.get(b.result.chunkId)! < order.get(a.result.chunkId)! ? b : a).result
  const first = group[0]!.result
  const last = group.at(-1)!.result
  const text = [...readText(db, group[0]!.candidate.chunk.documentKey, first.start, last.end)].join('')
  return {
    ...best,
    headingPath: sharedPath(group.map(({ result }) => result.headingPath)),
    page: first.page,
    start: first.start,
    end: last.end,
    text,
    sentences: group.flatMap(({ result }) => result.sentences),
    tokens: sum(group),
    parts: group.map(({ result: { chunkId, headingPath, score, start, end } }) => ({ chunkId, headingPath, score, start, end })),
  }
}

/** The headings that all chunks of a passage stand under: the best one's alone would be wrong for its neighbours. */
function sharedPath(paths: string[][]): string[] {
  const [first = [], ...others] = paths
  const length = first.findIndex((heading, depth) => others.some(path => path[depth] !== heading))
  return length < 0 ? first : first.slice(0, length)
}

function sum(group: Selected[]): number {
  return group.reduce((total, { result }) => total + result.tokens, 0)
}
