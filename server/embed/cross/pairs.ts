import type { Tokenizer } from '@huggingface/tokenizers'
import type { EncodedText } from '../session.ts'

/**
 * The tokens of a question and a text as a cross-encoder reads them. The text is cut where both do not fit, and of a
 * question no more is read than half of the window, or a long one would leave no room for the text.
 *
 * @param window most tokens, the special ones included
 */
export function encodePair(tokenizer: Tokenizer, query: string, text: string, window: number): EncodedText {
  const { ids, token_type_ids: types } = tokenizer.encode(query, { text_pair: text, return_token_type_ids: true })
  if (ids.length <= window) return { ids, types }
  // The last token ends the text in every model of this kind.
  return { ids: [...ids.slice(0, window - 1), ids.at(-1)!], types: [...types.slice(0, window - 1), types.at(-1)!] }
}

/** The beginning of a question that takes at most half of the window. */
export function cutQuery(tokenizer: Tokenizer, query: string, window: number): string {
  const most = Math.floor(window / 2)
  const fits = (text: string) => tokenizer.tokenize(text).length <= most
  if (fits(query)) return query
  let [short, long] = [0, query.length]
  while (long - short > 1) {
    const middle = (short + long) >> 1
    if (fits(query.slice(0, middle).toWellFormed())) short = middle
    else long = middle
  }
  return query.slice(0, short).toWellFormed()
}
