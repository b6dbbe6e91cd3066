import type { Embedder } from '../embed/types.ts'
import { emptyAdvice, emptyOutcome } from './empty.ts'
import { judgeSearch } from './judge.ts'
import { cleanQuote, escapeMarkdown } from './quote.ts'
import type { RankLimits } from './rank-sentences.ts'
import { follows, inReadingOrder, selectSentences } from './select-sentences.ts'
import type { Candidate } from './sentences.ts'
import { toSourceChunk } from './sources.ts'
import { standaloneQuery } from './standalone.ts'
import type { AnswerEvent, Answerer, AnswerTrace } from './types.ts'

export interface ExtractiveOptions {
  /** Null in keyword mode: words alone decide. */
  embedder: Embedder | null
  limits?: Partial<RankLimits>
}

/** Chunks that sentences are chosen from. */
const CHUNKS = 12
/** The first line of each answer says what this mode is, and how sure: said once and kept with the text. */
export const LEADS = {
  direct: 'Quoted from your documents, word for word:',
  close: 'Nothing in your documents states this directly; the closest sentences, word for word:',
}

/**
 * Answers without a model: chooses the sentences that answer the question and quotes them, each with its citation.
 * It sends nothing anywhere and writes no sentence of its own about the question.
 */
export function createExtractiveAnswerer({ embedder, limits }: ExtractiveOptions): Answerer {
  return {
    async* answer({ question, history, filters, retriever }, signal) {
      yield { type: 'status', data: { step: 'searching', message: 'Searching your documents' } }
      const query = standaloneQuery(question, history)
      const outcome = await retriever.search({ query, filters, limit: CHUNKS }, signal)
      yield { type: 'sources', data: { query, mode: outcome.mode, chunks: outcome.results.map(toSourceChunk) } }
      const trace: AnswerTrace = { question, queries: [query], retrievals: [outcome.trace], answerer: 'extractive' }
      yield { type: 'trace', data: trace }

      const empty = emptyOutcome(outcome)
      if (!empty) {
        yield { type: 'status', data: { step: 'writing', message: 'Choosing sentences to quote' } }
        const { ranked, answerability } = await judgeSearch(query, outcome, embedder, signal, limits)
        if (answerability) yield { type: 'trace', data: { ...trace, answerability } }
        if (answerability && answerability.verdict !== 'none') {
          yield { type: 'delta', data: { text: LEADS[answerability.verdict] } }
          yield* quote(inReadingOrder(selectSentences(ranked)))
          yield { type: 'outcome', data: 'answered' }
          return
        }
      }
      yield { type: 'delta', data: { text: emptyAdvice(empty ?? 'nothing_relevant', outcome) } }
      yield { type: 'outcome', data: empty ?? 'nothing_relevant' }
    },
  }
}

/** One block quote a document; neighbouring sentences share a paragraph. */
function* quote(documents: Candidate[][]): Generator<AnswerEvent> {
  for (const sentences of documents) {
    const title = documents.length > 1 ? `**${escapeMarkdown(cleanQuote(sentences[0]!.chunk.title))}**\n\n` : ''
    let before: Candidate | null = null
    for (const sentence of sentences) {
      const joint = before === null ? `\n\n${title}> ` : follows(before, sentence) ? ' ' : '\n>\n> '
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
