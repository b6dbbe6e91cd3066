import type { QuotingAnswer } from '../db/erasure.ts'
import { cleanQuote, escapeMarkdown, showQuote } from '../answer/quote.ts'

/** Stands where a sentence stood whose document was deleted. */
export const QUOTE_MARK = '*[quote deleted with its source]*'
export const TITLE_MARK = '**Deleted document**'
/** A shorter run of words may be anybody's. */
const MIN_VERBATIM = 24

interface Cut { start: number, end: number, mark: string }

/**
 * The answer without what it says word for word from the document. Sentences that were quoted make room for a mark, as
 * does the title above them; what the answer says in its own words stays. Everything that points into the text (sentence
 * ranges, places of footnotes) is moved along.
 */
export function redactAnswer(answer: QuotingAnswer, documentId: string): QuotingAnswer {
  const quoted = answer.citations.filter(citation => citation.documentId === documentId && !citation.sourceDeletedAt)
  const cuts: Cut[] = []
  for (const { quote, title, anchors } of quoted) {
    const shown = new Set([showQuote(quote), showQuote(quote, true), escapeMarkdown(cleanQuote(quote))])
    for (const form of shown) {
      for (const at of anchors) {
        if (form && answer.content.slice(0, at).endsWith(form)) cuts.push({ start: at - form.length, end: at, mark: QUOTE_MARK })
      }
    }
    for (const form of new Set([...shown, cleanQuote(quote), quote])) {
      if (form.length >= MIN_VERBATIM) cuts.push(...occurrences(answer.content, form, QUOTE_MARK))
      // The names of a row's cells stand on a line of their own above it and are cited below, however short they are.
      else if (form) cuts.push(...occurrences(answer.content, `\n> ${form}\n`, QUOTE_MARK).map(cut => ({ ...cut, start: cut.start + 3, end: cut.end - 1 })))
    }
    cuts.push(...occurrences(answer.content, `**${escapeMarkdown(cleanQuote(title))}**`, TITLE_MARK))
  }
  const { text, move } = cutOut(answer.content, cuts)
  return {
    ...answer,
    content: text,
    sentences: answer.sentences
      .map(({ start, end, supported }) => ({ start: move(start, 'start'), end: move(end, 'end'), supported }))
      .filter(({ start, end }) => end > start),
    citations: answer.citations.map(citation => ({ ...citation, anchors: [...new Set(citation.anchors.map(at => move(at, 'end')))] })),
  }
}

function occurrences(content: string, text: string, mark: string): Cut[] {
  const found: Cut[] = []
  for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + text.length)) found.push({ start: at, end: at + text.length, mark })
  return found
}

/** The text with ranges replaced by their marks, and where an offset of the old text lies in the new one. */
function cutOut(content: string, cuts: Cut[]): { text: string, move: (at: number, side: 'start' | 'end') => number } {
  const merged: Cut[] = []
  for (const cut of cuts.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (last && cut.start < last.end) last.end = Math.max(last.end, cut.end)
    else merged.push({ ...cut })
  }
  let text = ''
  let from = 0
  for (const cut of merged) {
    text += content.slice(from, cut.start) + cut.mark
    from = cut.end
  }
  text += content.slice(from)

  const move = (at: number, side: 'start' | 'end') => {
    let shift = 0
    for (const { start, end, mark } of merged) {
      if (at <= start) break
      // Inside of what was cut: at the mark's beginning or its end.
      if (at < end) return start + shift + (side === 'start' ? 0 : mark.length)
      shift += mark.length - (end - start)
    }
    return at + shift
  }
  return { text, move }
}
