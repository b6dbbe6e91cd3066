/** References such as [12], [3, 4], [1–3] or [a]: numbers of the source's own bibliography, meaningless outside of it. */
const REFERENCE = /\s?\[(?:\d{1,3}|[a-z]|note \d{1,2}|citation needed)(?:\s?[,;–-]\s?\d{1,3})*\](?!\()/gi

/** A source sentence as an answer shows it: on one line, without the source's own reference numbers. */
export function cleanQuote(sentence: string): string {
  return sentence.replace(REFERENCE, '').replace(/\s+/g, ' ').trim()
}

/** A first line that ends in a colon, and more below it. */
const INTRODUCTION = /^[^\n]*(?:\n[^\n]+)*[:：]\s*\n\s*\S/
const BULLET = /^[-–—*•·▪◦‣]\s+/

/** Whether a quote is a sentence with the list that it introduces. */
export function introducesList(quote: string): boolean {
  return INTRODUCTION.test(quote)
}

/**
 * A quote as it stands in the block quote of an answer, after its first `> `: on one line; what introduces a list with an item on each line below it.
 *
 * @param isList whether each of its lines is an item
 */
export function showQuote(quote: string, isList = false): string {
  if (!isList && !introducesList(quote)) return escapeMarkdown(cleanQuote(quote))
  const lines = quote.split('\n').map(cleanQuote).filter(line => line !== '')
  // One paragraph is no list.
  if (!isList && lines.length === 2 && !BULLET.test(lines[1]!)) return lines.map(escapeMarkdown).join('\n>\n> ')
  return lines.map((line, place) => place === 0 && !isList ? escapeMarkdown(line) : `- ${escapeMarkdown(line.replace(BULLET, ''))}`).join('\n> ')
}

/**
 * Escapes what Markdown would take for its own, so that a quoted sentence shows as it is and links nowhere.
 * Marks inside words (snake_case) and bars mean nothing to Markdown on one line and stay as they are.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`]/g, '\\$&')
    .replace(/\*/g, '\\*')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/~~/g, '\\~\\~')
    .replace(/[[\]]/g, '\\$&')
    .replace(/<(?=[a-z/!?])/gi, '\\<')
    .replace(/&(?=#?\w{1,31};)/g, '\\&')
    // What would open a block at the start of a line.
    .replace(/^(?=(?:#{1,6}|[-+>=])(?:\s|$)|[-=]{3,}$|>)/, '\\')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}
