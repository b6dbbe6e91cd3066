import type { Embedder } from '../embed/types.ts'
import type { RetrievedChunk } from '../retrieval/types.ts'
import { withAntecedent } from './antecedent.ts'
import { emptyAdvice, emptyOutcome } from './empty.ts'
import { withList } from './introduced.ts'
import { judgeSearch } from './judge.ts'
import { cleanQuote, escapeMarkdown, introducesList, showQuote } from './quote.ts'
import { asksForMore, asksForSeveral } from './question-scope.ts'
import type { RankLimits } from './rank-sentences.ts'
import { follows, inReadingOrder, selectSentences, withNext } from './select-sentences.ts'
import type { Candidate, Piece } from './sentences.ts'
import { toSourceChunk } from './sources.ts'
import { standaloneQuery } from './standalone.ts'
import type { AnswerEvent, Answerer, AnswerTrace, CitationPointer } from './types.ts'

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
        const { candidates, ranked, answerability } = await judgeSearch(query, outcome, embedder, signal, limits)
        if (answerability) yield { type: 'trace', data: { ...trace, answerability } }
        if (answerability && answerability.verdict !== 'none') {
          yield { type: 'delta', data: { text: LEADS[answerability.verdict] } }
          const chosen = selectSentences(ranked).map(({ candidate }) => candidate)
          const more = asksForMore(query) ? withNext(chosen, candidates) : chosen
          const list = chosen[0] && asksForSeveral(query) ? withList(chosen[0]) : null
          yield* quote(inReadingOrder(more.map(candidate => candidate === chosen[0] && list?.isList ? list : withAntecedent(candidate))))
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
      const joint = before === null ? `\n\n${title}> ` : follows(before, sentence) && isProse(before) && isProse(sentence) ? ' ' : '\n>\n> '
      const { chunk, header } = sentence
      // The row that names the cells is shown above the first of its rows, and cited after it: the row is the answer.
      const named = header !== null && before?.header?.start !== header.start ? `${showQuote(header.text)}\n>\n> ` : ''
      const text = showQuote(sentence.text, sentence.isList)
      yield { type: 'delta', data: { text: joint + named + text } }
      yield { type: 'pointer', data: pointer(chunk, sentence, text.length) }
      if (named !== '') yield { type: 'pointer', data: pointer(chunk, header!, named.length + text.length) }
      before = sentence
    }
  }
}

function pointer(chunk: RetrievedChunk, { start, end, text }: Piece, covers: number): CitationPointer {
  return { chunk, start, end, quote: text, covers }
}

function isProse({ text, header, isList }: Candidate): boolean {
  return header === null && !isList && !introducesList(text)
}
