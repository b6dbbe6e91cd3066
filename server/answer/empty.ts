import type { AnswerOutcome } from '../../shared/schemas/chats.ts'
import type { SearchOutcome } from '../retrieval/types.ts'

export type EmptyOutcome = Extract<AnswerOutcome, 'no_documents' | 'none_in_filter' | 'nothing_relevant'>

/**
 * Why a search that worked has nothing that could be an answer, or null where something has to be judged (judge.ts). A
 * search that failed never comes here: it throws, and the run ends with an error.
 */
export function emptyOutcome(outcome: SearchOutcome): EmptyOutcome | null {
  if (outcome.scope.documents === 0) return 'no_documents'
  if (outcome.scope.documentsInFilter === 0) return 'none_in_filter'
  return outcome.results.length > 0 ? null : 'nothing_relevant'
}

/** What an empty answer says, as Markdown: what is the case, and what to do next. */
export function emptyAdvice(kind: EmptyOutcome, outcome: SearchOutcome): string {
  switch (kind) {
    case 'no_documents':
      return 'There are no documents to search yet.\n\nAdd some on the Documents page. As soon as one is ready, ask again: your question stays here.'
    case 'none_in_filter':
      return `None of your ${count(outcome.scope.documents, 'document')} ${outcome.scope.documents === 1 ? 'is' : 'are'} inside the filter of this question.\n\nWiden the filter or remove it, then ask again.`
    case 'nothing_relevant':
      return outcome.results.length > 0
        ? 'Your documents do not seem to answer this. I searched '
        + `${count(outcome.scope.documentsInFilter, 'document')} and found nothing close enough to quote.\n\n`
        + 'The nearest passages are listed as sources. Try the words that the documents themselves would use, ask for one thing at a time, or add a document that covers it.'
        : `Your documents do not seem to answer this. I searched ${count(outcome.scope.documentsInFilter, 'document')} and no passage shares a word with the question.\n\n`
          + 'Try the words that the documents themselves would use, or add a document that covers it.'
  }
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
}
