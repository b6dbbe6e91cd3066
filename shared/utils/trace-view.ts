import type { TracedCandidate, TracedSearch } from '../schemas/trace.ts'
import { formatCount } from './format.ts'

/** The stages of a search in their order, as people call them. */
export const STAGES = [
  { key: 'vector', name: 'Meaning', long: 'By meaning' },
  { key: 'text', name: 'Words', long: 'By words' },
  { key: 'fusion', name: 'Together', long: 'Both together' },
  { key: 'rerank', name: 'Read again', long: 'Read again' },
  { key: 'cross', name: 'Model', long: 'By the reranking model' },
] as const
export type StageKey = typeof STAGES[number]['key']

/** The stages that any of the candidates went through. */
export function stagesOf(candidates: Pick<TracedCandidate, 'stages'>[]): (typeof STAGES)[number][] {
  return STAGES.filter(({ key }) => candidates.some(({ stages }) => stages[key]))
}

/** A rank for people: lists are looked through only so far. */
const LAST_RANK = 4_096
export function rankText(rank: number): string {
  return rank > LAST_RANK ? `after ${LAST_RANK.toLocaleString('en')}` : rank.toLocaleString('en')
}

export function splitCandidates(candidates: TracedCandidate[]): { used: TracedCandidate[], dropped: TracedCandidate[] } {
  return { used: candidates.filter(({ dropped }) => dropped === null), dropped: candidates.filter(({ dropped }) => dropped !== null) }
}

/** What a document is called; one that was deleted has no title any more. */
export function candidateTitle({ title }: Pick<TracedCandidate, 'title'>): string {
  return title ?? 'Deleted document'
}

const TIMINGS: Record<string, string> = {
  embed: 'understanding the question', filter: 'filters', terms: 'weighing its words', text: 'search by words', vector: 'search by meaning',
  fusion: 'putting both together', rerank: 'reading again', cross: 'the reranking model', evidence: 'judging the fit', select: 'choosing',
}

/** Where the time of a search went, longest first; parts too short to be seen are left out. */
export function timingLines(timings: Record<string, number>): { total: number, parts: { name: string, ms: number }[] } {
  const { total, ...rest } = timings
  const parts = Object.entries(rest).map(([key, ms]) => ({ name: TIMINGS[key] ?? key, ms })).filter(({ ms }) => ms >= 0.5).sort((a, b) => b.ms - a.ms)
  return { total: total ?? Object.values(rest).reduce((sum, ms) => sum + ms, 0), parts }
}

export function milliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`
}

export interface Move {
  candidate: TracedCandidate
  /** Place among what is used, from 1; null: not used. */
  place: number | null
  /** The same in the other list. */
  other: number | null
  /** What became of it, in words. */
  word: string
}

/**
 * What two searches used, side by side. On the left a passage says what becomes of it on the right, on the right where it
 * came from.
 */
export function compareSearches(before: Pick<TracedSearch, 'candidates'>, after: Pick<TracedSearch, 'candidates'>): { before: Move[], after: Move[], moved: number } {
  const left = splitCandidates(before.candidates).used
  const right = splitCandidates(after.candidates).used
  const placesLeft = placesOf(left)
  const placesRight = placesOf(right)
  const rows = {
    before: left.map((candidate, index): Move => {
      const other = placesRight.get(candidate.chunkId) ?? null
      const dropped = after.candidates.find(({ chunkId }) => chunkId === candidate.chunkId)?.dropped
      return { candidate, place: index + 1, other, word: other !== null ? shift(index + 1, other) : dropped ? `dropped: ${dropped}` : 'not found' }
    }),
    after: right.map((candidate, index): Move => {
      const other = placesLeft.get(candidate.chunkId) ?? null
      return { candidate, place: index + 1, other, word: other !== null ? shift(other, index + 1) : 'new' }
    }),
  }
  return { ...rows, moved: rows.after.filter(({ place, other }) => place !== other).length + rows.before.filter(({ other }) => other === null).length }
}

function placesOf(candidates: TracedCandidate[]): Map<string, number> {
  return new Map(candidates.map(({ chunkId }, index) => [chunkId, index + 1]))
}

function shift(from: number, to: number): string {
  if (from === to) return 'same place'
  return to < from ? `up ${from - to}` : `down ${to - from}`
}

/** What a comparison shows, for those who do not see it move. */
export function comparisonText(after: Pick<TracedSearch, 'candidates'>, moved: number): string {
  const passages = formatCount(splitCandidates(after.candidates).used.length, 'passage')
  return moved === 0 ? `${passages}, the same in the same order` : `${passages}; ${formatCount(moved, 'change')}`
}
