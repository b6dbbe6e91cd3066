import { citationOf, searchResults, type Handler, type Step } from '../../server/support/anthropic.ts'

/** Claude's answer: each text is followed by the sentence that contains `cites`, if any, and by a pause in ms. */
export function answer(...parts: { text: string, cites?: string, pause?: number }[]): Handler {
  return ({ body }) => ({
    steps: parts.flatMap(({ text, cites, pause }): Step[] => {
      const citations = cites === undefined ? undefined : [locate(body, cites)]
      return [{ type: 'text', text, citations }, ...pause ? [{ type: 'pause' as const, ms: pause }] : []]
    }),
  })
}

function locate(body: Parameters<typeof searchResults>[0], words: string) {
  for (const [index, result] of searchResults(body).entries()) {
    const sentence = result.content.findIndex(({ text }) => text.includes(words))
    if (sentence !== -1) return citationOf(body, index, sentence)
  }
  throw new Error(`No retrieved sentence contains “${words}”`)
}

/** About the notes of chat.ts. */
export const CONTRACT = answer(
  { text: 'Joplin signed on **10 August 1899.**', cites: '10 August 1899' },
  { text: ' He was paid a cent for each copy.', cites: 'one cent' },
  { text: ' It was surely a happy day.' },
  { text: '\n\n- Few were sold at first.', cites: 'four hundred' },
  { text: '\n- Then half a million.', cites: 'half a million' },
  { text: '\n\n| Year | Copies |\n| --- | ---: |\n| 1909 | 500,000 |\n\n```text\nAABBACCDD\n```\n' },
)

export const SLOW = answer(
  { text: 'The first part, ', pause: 1500 },
  { text: 'the second part, ', pause: 1500 },
  { text: 'and the end.', cites: 'one cent' },
)
