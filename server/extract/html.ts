import { Parser, type DefaultTreeAdapterMap, type Token } from 'parse5'
import { withEncodingNotes } from './encoding-notes.ts'
import { decodeAll, detectText } from './encoding.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type HiddenText, type Source } from './format.ts'
import { SKIPPED } from './html/dom.ts'
import { findBoilerplate } from './html/main-text.ts'
import { Walker } from './html/walker.ts'
import { normalise } from './normalise.ts'
import { sections, type RawBlock } from './sections.ts'

/** As in browsers (Chromium: 512): parse5 looks through all open elements for each tag, which is quadratic in the depth. */
const MAX_DEPTH = 512
/** HTML elements that have no content, so that `<br/>` is no different from `<br>`. */
const VOID = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr'])
/** Their start tag makes the tokenizer read text up to their end tag; empty ones say nothing anyway. */
const RAW = new Set(['title', 'style', 'script', 'textarea', 'iframe', 'noframes', 'noembed', 'noscript', 'xmp', 'plaintext'])

export interface HtmlOptions {
  /** XHTML is XML: `<title/>` is an empty element and not the start of one. */
  xhtml?: boolean
  /** Ids of elements whose place among the blocks is wanted. */
  marks?: ReadonlySet<string>
  /** Leave out what lies around the text of a page. */
  mainOnly?: boolean
  /** Read what the page does not show as well. */
  hiddenText?: HiddenText
}

/** Drops the start tags of elements that are nested too deeply; their text stays. */
class BoundedParser extends Parser<DefaultTreeAdapterMap> {
  xhtml = false

  override onStartTag(token: Token.TagToken): void {
    const { tagName } = token
    const isEmpty = this.xhtml && token.selfClosing && !VOID.has(tagName)
    if (isEmpty && RAW.has(tagName)) return
    if (this.openElements.stackTop >= MAX_DEPTH && !SKIPPED.has(tagName)) return
    super.onStartTag(token)
    if (isEmpty && this.openElements.currentTagId === token.tagID) super.onEndTag({ ...token, selfClosing: false, attrs: [] })
  }
}

/** HTML: title, headings, lists, tables and code of what a reader would see; scripts, what lies around the text, and hidden parts are left out and reported. */
export function* extractHtml({ bytes, hiddenText }: Source): Generator<FormatEvent> {
  const detected = detectText(bytes, declaredEncoding(bytes))
  const html = decodeAll(bytes, detected.encoding)
  const { title, blocks } = readHtml(html, { xhtml: isXhtml(html), mainOnly: true, hiddenText })
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: null, title: title ?? cleanTitle(blocks.slice(0, 20).find(block => block.kind === 'heading')?.text) }
  for (const page of sections(withEncodingNotes(blocks, detected))) yield { type: 'page', page }
}

/** Blocks of an HTML text in reading order; `marks` has for each wanted id that is there the number of blocks before it. */
export function readHtml(html: string, { xhtml = false, marks, mainOnly = false, hiddenText }: HtmlOptions = {}): { title: string | null, blocks: RawBlock[], marks: Map<string, number> } {
  const parser = new BoundedParser({ scriptingEnabled: false })
  parser.xhtml = xhtml
  parser.tokenizer.write(html, true)
  const walker = new Walker({ marks, dropped: mainOnly ? findBoilerplate(parser.document) : undefined, includesHidden: hiddenText === 'include' })
  walker.children(parser.document)
  walker.end()
  return { title: cleanTitle(normalise(walker.title)), blocks: walker.blocks, marks: walker.marks }
}

function isXhtml(html: string): boolean {
  return /^\uFEFF?\s*<\?xml/.test(html)
}

/** The charset a page states for itself in its first kilobyte (HTML §13.2.3.2), or null. */
export function declaredEncoding(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 2048)
  const label = /<meta[^>]+charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1] ?? /^\s*<\?xml[^>]+encoding\s*=\s*["']([\w:.-]+)/i.exec(head)?.[1]
  // A page whose bytes are not UTF-16 cannot have said so in ASCII: the standard reads such a label as UTF-8.
  return label && !/^utf-?16/i.test(label) ? label : null
}
