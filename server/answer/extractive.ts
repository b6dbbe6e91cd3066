import type { Embedder } from '../embed/types.ts'
import type { SearchOutcome } from '../retrieval/types.ts'
import { emptyAdvice, emptyOutcome } from './empty.ts'
import { cleanQuote, escapeMarkdown } from './quote.ts'
import { rankSentences, type RankLimits } from './rank-sentences.ts'
import { inReadingOrder, selectSentences } from './select-sentences.ts'
import { candidateSentences, type Candidate } from './sentences.ts'
import { toSourceChunk } from './sources.ts'
import { standaloneQuery } from './standalone.ts'
import type { AnswerEvent, Answerer } from './types.ts'

export interface ExtractiveOptions {
  /** Null in keyword mode: words alone decide. */
  embedder: Embedder | null
  isRelevant: (outcome: SearchOutcome) => boolean
  limits?: Partial<RankLimits>
}

/** Chunks that sentences are chosen from. */
const CHUNKS = 12
const LIMITS: RankLimits = { embeddings: 8, embeddingMs: 150 }
/** The first line of each answer: what this mode is, said once and kept with the text. */
export const QUOTE_LEAD = 'Quoted from your documents, word for word; nothing here is composed:'

/**
 * Answers without a model: chooses the sentences that answer the question and quotes them, each with its citation.
 * It sends nothing anywhere and writes no sentence of its own about the question.
 */
export function createExtractiveAnswerer({ embedder, isRelevant, limits }: ExtractiveOptions): Answerer {
  return {
    async* answer({ question, history, filters, retriever }, signal) {
      yield { type: 'status', data: { step: 'searching', message: 'Searching your documents' } }
      const query = standaloneQuery(question, history)
      const outcome = await retriever.search({ query, filters, limit: CHUNKS }, signal)
      yield { type: 'sources', data: { query, mode: outcome.mode, chunks: outcome.results.map(toSourceChunk) } }
      yield { type: 'trace', data: { question, queries: [query], retrievals: [outcome.trace], answerer: 'extractive' } }

      const empty = emptyOutcome(outcome, isRelevant)
      const candidates = empty ? [] : candidateSentences(outcome.results)
      if (empty || candidates.length === 0) {
        const kind = empty ?? 'nothing_relevant'
        yield { type: 'delta', data: { text: emptyAdvice(kind, outcome) } }
        yield { type: 'outcome', data: kind }
        return
      }
      yield { type: 'status', data: { step: 'writing', message: 'Choosing sentences to quote' } }
      yield { type: 'delta', data: { text: QUOTE_LEAD } }
      const ranked = await rankSentences(query, candidates, embedder, { ...LIMITS, ...limits }, signal)
      yield* quote(inReadingOrder(selectSentences(ranked)))
      yield { type: 'outcome', data: 'answered' }
    },
  }
}

/** One block quote a document; neighbouring sentences share a paragraph. */
function* quote(documents: Candidate[][]): Generator<AnswerEvent> {
  for (const sentences of documents) {
    const title = documents.length > 1 ? `**${escapeMarkdown(cleanQuote(sentences[0]!.chunk.title))}**\n\n` : ''
    let before: Candidate | null = null
    for (const sentence of sentences) {
      const joint = before === null ? `\n\n${title}> ` : adjacent(before, sentence) ? ' ' : '\n>\n> '
      const text = escapeMarkdown(cleanQuote(sentence.text))
      yield { type: 'delta', data: { text: joint + text } }
      yield {
        type: 'pointer',
        data: { chunk: sentence.chunk, start: sentence.start, end: sentence.end, quote: sentence.text, covers: text.length },
      }
      before = sentence
    }
  }
}

function adjacent(before: Candidate, sentence: Candidate): boolean {
  return sentence.start - before.end <= 2
}
