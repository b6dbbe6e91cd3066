import type { Citation } from '../schemas/chats.ts'
import { chipsOf } from './citation-layout.ts'

/** An answer as Markdown to paste elsewhere: numbers in brackets where they stand, and a list of the sources. */
export function answerToMarkdown(content: string, citations: Citation[]): string {
  let text = ''
  let at = 0
  for (const chip of chipsOf(citations)) {
    const stop = Math.min(Math.max(chip.at, at), content.length)
    text += `${content.slice(at, stop)}[${chip.n}]`
    at = stop
  }
  text += content.slice(at)
  if (citations.length === 0) return text
  const sources = [...citations]
    .sort((a, b) => a.n - b.n)
    .map((citation) => {
      const quote = citation.quote.replace(/\s+/g, ' ').trim()
      return `[${citation.n}] ${sourceTitle(citation)}, p. ${citation.page}${quote ? `: “${quote}”` : ''}`
    })
  return `${text.trimEnd()}\n\nSources\n\n${sources.join('\n')}\n`
}

/** The title of what was cited, also after it was deleted with its title. */
export function sourceTitle({ title, sourceDeletedAt }: Pick<Citation, 'title' | 'sourceDeletedAt'>): string {
  if (!sourceDeletedAt) return title
  return title ? `${title} (deleted)` : 'Deleted document'
}

/** Address of a cited range in its document; `page` saves the search for it. */
export function citationPath(citation: Pick<Citation, 'documentId' | 'start' | 'end' | 'page'>): string {
  return `/documents/${citation.documentId}?start=${citation.start}&end=${citation.end}&page=${citation.page}`
}
