/** References such as [12], [3, 4], [1–3] or [a]: numbers of the source's own bibliography, meaningless outside of it. */
const REFERENCE = /\s?\[(?:\d{1,3}|[a-z]|note \d{1,2}|citation needed)(?:\s?[,;–-]\s?\d{1,3})*\](?!\()/gi

/** A source sentence as an answer shows it: on one line, without the source's own reference numbers. */
export function cleanQuote(sentence: string): string {
  return sentence.replace(REFERENCE, '').replace(/\s+/g, ' ').trim()
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
