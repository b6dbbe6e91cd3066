import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { readContent, type MailSource } from './mail/body.ts'
import { decodeWords, type Headers } from './mail/headers.ts'
import { isSeparator } from './mail/separator.ts'
import { newBudget, readPart, type Budget, type Part } from './mail/parts.ts'
import { count, noNotes } from './notes.ts'
import { normalise } from './normalise.ts'
import { sections, type RawBlock } from './sections.ts'

/** Messages in messages in messages … */
const MAX_FORWARDS = 10
const MAX_MESSAGES = 100_000
/** Shown of a field; a list of recipients may have thousands. */
const MAX_FIELD = 1_000
const MAX_LABEL = 200
/** The fields that a reader wants to see, in this order. */
const SHOWN = ['From', 'To', 'Cc', 'Date']

interface Message { subject: string | null, blocks: RawBlock[], isLocked: boolean }

/** An e-mail (RFC 5322 with MIME): its subject, sender, recipients and date, then its text. Attachments are listed, not read. */
export function* extractMail(source: Source): Generator<FormatEvent> {
  yield* emit(messagesIn(source, 0, source.bytes.length), first => ({ type: 'document', pages: null, title: cleanTitle(first.subject) }))
}

/** A mailbox (mbox, RFC 4155): one message after another, each on pages of its own. */
export function* extractMailbox(source: Source): Generator<FormatEvent> {
  function* all(): Generator<Message> {
    let messages = 0
    for (const [start, end] of splitMailbox(source.bytes)) {
      if (++messages > MAX_MESSAGES) throw new ExtractFailure('too_many_pages')
      yield* messagesIn(source, start, end)
    }
  }
  yield* emit(all(), () => ({ type: 'document', pages: null, title: null }))
}

function* emit(messages: Iterable<Message>, begin: (first: Message) => FormatEvent): Generator<FormatEvent> {
  let number = 0
  let hasBegun = false
  let isLocked = false
  for (const message of messages) {
    if (!hasBegun) yield begin(message)
    hasBegun = true
    isLocked ||= message.isLocked
    // A head alone says who wrote to whom, and that is worth finding, but a locked text is not what it seems.
    if (message.isLocked) continue
    for (const page of sections(message.blocks, { first: number + 1, label: message.subject?.slice(0, MAX_LABEL).toWellFormed() ?? null })) {
      number++
      yield { type: 'page', page }
    }
  }
  if (number === 0) throw new ExtractFailure(isLocked ? 'encrypted_file' : 'no_text')
}

/** A message, then those that it carries. */
function* messagesIn(source: MailSource, start: number, end: number, budget: Budget = newBudget(), depth = 0): Generator<Message> {
  const part = readPart(source.bytes, start, end, budget)
  const { blocks, messages, attachments, images, locked } = readContent(source, part)
  const subject = field(part.headers, 'subject')
  const isLocked = locked > 0 && blocks.length === 0
  yield { subject, blocks: [...headBlocks(part, subject, depth, images), ...blocks, ...attachmentBlocks(attachments)], isLocked }
  if (depth >= MAX_FORWARDS) return
  for (const message of messages) yield* messagesIn(source, message.start, message.end, budget, depth + 1)
}

function headBlocks({ headers }: Part, subject: string | null, depth: number, images: number): RawBlock[] {
  const blocks: RawBlock[] = []
  if (subject) blocks.push({ kind: 'heading', level: Math.min(6, depth + 1), text: subject })
  for (const name of SHOWN) {
    const value = field(headers, name.toLowerCase())
    if (value) blocks.push({ kind: 'list_item', level: 1, text: `${name}: ${value}` })
  }
  if (images > 0 && blocks[0]) {
    blocks[0].notes = noNotes()
    count(blocks[0].notes.dropped, 'image', images)
  }
  return blocks
}

function attachmentBlocks(names: string[]): RawBlock[] {
  return names.map((name) => {
    const notes = noNotes()
    count(notes.dropped, 'attachment')
    return { kind: 'list_item', level: 1, text: `Attachment: ${name}`, notes }
  })
}

function field(headers: Headers, name: string): string | null {
  return normalise(decodeWords(headers.get(name) ?? '')).slice(0, MAX_FIELD).toWellFormed().trim() || null
}

/** Ranges of the messages in a mailbox: each begins with a line `From sender date` after an empty line. */
function* splitMailbox(bytes: Buffer): Generator<[number, number]> {
  const mark = Buffer.from('\nFrom ')
  let start = afterLine(bytes, 0)
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const isAfterBlank = bytes[at - 1] === 0x0A || (bytes[at - 1] === 0x0D && bytes[at - 2] === 0x0A)
    if (!isAfterBlank || !isSeparator(bytes.toString('latin1', at + 1, at + 200))) continue
    yield [start, at]
    start = afterLine(bytes, at + 1)
  }
  yield [start, bytes.length]
}

function afterLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(0x0A, at)
  return newline < 0 ? bytes.length : newline + 1
}
