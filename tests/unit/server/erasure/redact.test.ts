import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { showQuote } from '../../../../server/answer/quote.ts'
import type { Citation } from '../../../../shared/schemas/chats.ts'
import { QUOTE_MARK, redactAnswer, TITLE_MARK } from '../../../../server/erasure/redact.ts'

const GONE = '0190c0de-0000-7000-8000-000000000001'
const STAYS = '0190c0de-0000-7000-8000-000000000002'

function citation(n: number, documentId: string, quote: string, anchors: number[], title = 'A book'): Citation {
  return { n, documentId, title, page: 1, start: 0, end: quote.length, quote, chunkId: STAYS, anchors }
}

describe('redactAnswer', () => {
  it('takes quoted sentences and their title and moves what points into the text', () => {
    const lead = 'Quoted from your documents:\n\n**The \\[lost\\] book**\n\n> '
    const first = 'Joplin sold it in 1899.'
    const second = 'Stark paid fifty dollars.'
    const content = `${lead}${first}\n\n**Another**\n\n> ${second}`
    const at = lead.length + first.length
    const redacted = redactAnswer({
      id: 'a', content,
      sentences: [{ start: lead.length, end: at, supported: true }, { start: content.length - second.length, end: content.length, supported: true }],
      citations: [citation(1, GONE, first, [at], 'The [lost] book'), citation(2, STAYS, second, [content.length])],
    }, GONE)
    expect(redacted.content).toBe(`Quoted from your documents:\n\n${TITLE_MARK}\n\n> ${QUOTE_MARK}\n\n**Another**\n\n> ${second}`)
    expect(redacted.sentences.map(({ start, end }) => redacted.content.slice(start, end))).toEqual([QUOTE_MARK, second])
    expect(redacted.citations.map(({ anchors }) => redacted.content.slice(0, anchors[0]))).toEqual([
      `Quoted from your documents:\n\n${TITLE_MARK}\n\n> ${QUOTE_MARK}`, redacted.content,
    ])
  })

  it('takes lists that were quoted line by line, and the short names of a row\'s cells above it', () => {
    const introduced = 'Stark printed two rags:\n\n- Frog Legs\n- Hilarity'
    const list = 'Grace\nQuality'
    const [header, row] = ['Year | Rag', '1906 | Frog Legs Rag, the first one']
    let content = `Here:\n\n> ${showQuote(introduced)}`
    const places = [content.length]
    content += `\n>\n> ${showQuote(list, true)}`
    places.push(content.length)
    content += `\n>\n> ${header}\n>\n> ${row}`
    places.push(content.length)
    const quotes = [introduced, list, row, header]
    const redacted = redactAnswer({
      id: 'a', content, sentences: [], citations: quotes.map((quote, index) => citation(index + 1, GONE, quote, [places[Math.min(index, 2)]!])),
    }, GONE)
    expect(redacted.content).toBe(`Here:\n\n> ${[QUOTE_MARK, QUOTE_MARK, QUOTE_MARK, QUOTE_MARK].join('\n>\n> ')}`)
  })

  it('leaves what the answer says in its own words, and takes what it repeats word for word', () => {
    const quote = 'The rag was first played in the Maple Leaf Club.'
    const content = `It had its debut in a club. The source says: “${quote}”`
    const redacted = redactAnswer({ id: 'a', content, sentences: [], citations: [citation(1, GONE, quote, [27])] }, GONE)
    expect(redacted.content).toBe(`It had its debut in a club. The source says: “${QUOTE_MARK}”`)
    expect(redacted.citations[0]!.anchors).toEqual([27])
  })

  it('leaves short words that may be anybody’s alone', () => {
    const content = 'It was sold in Sedalia, in 1899.'
    expect(redactAnswer({ id: 'a', content, sentences: [], citations: [citation(1, GONE, 'in 1899', [content.length])] }, GONE).content).toBe(content)
  })

  it('leaves nothing of a quote behind and keeps every place inside of the text', () => {
    const word = fc.stringMatching(/^[a-zé<*_[\]&;]{1,12}$/)
    const sentence = fc.array(word, { minLength: 4, maxLength: 8 }).map(words => `${words.join(' ')}.`)
    fc.assert(fc.property(fc.array(fc.record({ text: sentence, gone: fc.boolean() }), { minLength: 1, maxLength: 5 }), (parts) => {
      let content = 'Here:'
      const citations: Citation[] = []
      for (const [index, { text, gone }] of parts.entries()) {
        content += `\n\n> ${text}`
        citations.push(citation(index + 1, gone ? GONE : STAYS, text, [content.length]))
      }
      const redacted = redactAnswer({ id: 'a', content, sentences: [{ start: 0, end: content.length, supported: true }], citations }, GONE)
      for (const { text, gone } of parts) {
        const mayStay = parts.some(other => !other.gone && other.text.includes(text))
        if (gone && text.length >= 24 && !mayStay) expect(redacted.content).not.toContain(text)
      }
      for (const { anchors } of redacted.citations) for (const at of anchors) expect(at).toBeLessThanOrEqual(redacted.content.length)
      expect(redacted.sentences.at(-1)!.end).toBe(redacted.content.length)
    }))
  })
})
