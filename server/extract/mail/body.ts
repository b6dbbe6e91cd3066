import { decodeAll } from '../encoding.ts'
import type { Source } from '../format.ts'
import { declaredEncoding, readHtml } from '../html.ts'
import { normalise } from '../normalise.ts'
import type { RawBlock } from '../sections.ts'
import { lines, textBlocks } from '../text.ts'
import { charsetOf, decodeWords } from './headers.ts'
import { contentOf, type Part } from './parts.ts'

/** HTML with less of the words than this is no version of the text, such as “open this in your browser”. */
const FAIR_SHARE = 0.5

/** The file that parts are ranges of. */
export type MailSource = Pick<Source, 'bytes' | 'hiddenText'>

/** What a message holds, put in order. */
export interface Content {
  blocks: RawBlock[]
  /** Messages within it, such as forwarded ones. */
  messages: Part[]
  /** Names of what is attached and not read. */
  attachments: string[]
  /** Pictures that belong to the text. */
  images: number
  /** Encrypted parts, which nobody but the recipient can read. */
  locked: number
}

/** Reads the parts of a message that are its text, in their best version, and lists the others. */
export function readContent(source: MailSource, part: Part): Content {
  const content: Content = { blocks: [], messages: [], attachments: [], images: 0, locked: 0 }
  collect(source, part, content)
  return content
}

function collect(source: MailSource, part: Part, content: Content): void {
  const { value: type } = part.type
  const name = filenameOf(part)
  if (type === 'multipart/alternative') takeAlternative(source, part, content)
  else if (type === 'multipart/encrypted' || (/^application\/(?:x-)?pkcs7-mime$/.test(type) && !part.type.parameters.get('smime-type')?.includes('signed'))) content.locked++
  else if (part.children.length > 0) {
    for (const child of part.children) collect(source, child, content)
  }
  else if (/^message\/(?:rfc822|global)$/.test(type) && !/base64|quoted/i.test(part.headers.get('content-transfer-encoding') ?? '')) content.messages.push(part)
  else if (isText(part)) content.blocks.push(...readText(source, part))
  else if (/^image\//.test(type) && (part.headers.has('content-id') || part.disposition.value === 'inline')) content.images++
  else if (!type.startsWith('multipart/') && part.end > part.start) content.attachments.push(name ?? type)
}

function isText(part: Part): boolean {
  const { value: type } = part.type
  if (part.disposition.value === 'attachment' || filenameOf(part) !== null) return false
  return type === '' || (type.startsWith('text/') && type !== 'text/calendar' && type !== 'text/vcard' && type !== 'text/rfc822-headers')
}

/** Of several versions (RFC 2046 §5.1.4) the HTML one, which is what mail programs show, unless it says less than the plain one. */
function takeAlternative(source: MailSource, part: Part, content: Content): void {
  const versions = part.children.map((child) => {
    const version = readContent(source, child)
    return { ...version, isPlain: child.type.value === 'text/plain', words: version.blocks.reduce((sum, { text }) => sum + text.length, 0) }
  })
  const plain = versions.find(({ isPlain }) => isPlain)
  const rich = versions.findLast(({ isPlain, words }) => !isPlain && words > 0)
  const best = rich && (!plain || rich.words >= FAIR_SHARE * plain.words) ? rich : plain ?? rich
  if (best) content.blocks.push(...best.blocks)
  for (const version of versions) {
    content.attachments.push(...version.attachments)
    content.messages.push(...version.messages)
    content.images += version.images
    content.locked += version.locked
  }
}

function readText({ bytes, hiddenText }: MailSource, part: Part): RawBlock[] {
  const content = contentOf(bytes, part)
  const { value: type, parameters } = part.type
  const charset = parameters.get('charset') ?? ''
  if (type === 'text/html') return readHtml(decodeAll(content, charsetOf(charset || (declaredEncoding(content) ?? ''), content)), { hiddenText }).blocks
  const text = decodeAll(content, charsetOf(charset, content))
  return [...textBlocks(lines(unquoted(text, parameters.get('format')?.toLowerCase() === 'flowed')))]
}

/**
 * A plain message, line by line, without the marks of quotation: each level of it is a paragraph of its own. Where lines flow
 * (RFC 3676), those that end in a space go on in the next.
 */
export function* unquoted(text: string, isFlowed: boolean): Generator<string> {
  let depth = 0
  let held = ''
  for (const line of text.split(/\r\n|[\n\r]/)) {
    // Mailboxes mark lines that begin like the next message (“>From ”).
    const marks = /^>+From /.test(line) ? '' : /^(?:>[ \t]?)+/.exec(line)?.[0] ?? ''
    const level = marks.split('>').length - 1
    const isSignature = line === '-- '
    const words = line.slice(marks.length).replace(/^>(?=>*From )/, '')
    if (level !== depth || isSignature) {
      yield held ? `${held}\n\n` : '\n'
      held = ''
      depth = level
    }
    if (isSignature) continue
    if (isFlowed && words.endsWith(' ')) {
      held += words
      continue
    }
    yield `${held}${words}\n`
    held = ''
  }
  if (held) yield held
}

function filenameOf({ disposition, type }: Part): string | null {
  const name = disposition.parameters.get('filename') ?? type.parameters.get('name')
  return name ? normalise(decodeWords(name)).slice(0, 300).toWellFormed() || null : null
}
