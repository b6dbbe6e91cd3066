import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '../utils/app-error.ts'
import { READABLE_FORMATS, type MediaType } from '../../shared/utils/media-types.ts'
import { detectDialect } from './delimited.ts'
import { byteOrderMark, unmarkedUtf16 } from './encoding.ts'
import { failure } from './failures.ts'
import { isSeparator } from './mail/separator.ts'
import { isSourceCode } from './source-code.ts'
import { readZipDirectory, unzipEntry, type ReadAt } from './zip.ts'

const DOCX: MediaType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const PPTX: MediaType = 'application/vnd.openxmlformats-officedocument.presentationml.presentation'
const XLSX: MediaType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const ODS: MediaType = 'application/vnd.oasis.opendocument.spreadsheet'
const HEAD_BYTES = 64 * 1024
/** The PDF header may follow other bytes within the first kilobyte (ISO 32000-1, implementation note 13). */
const PDF_SEARCH_BYTES = 1024
/** More control characters than this share of the bytes is no text. Stray ones are common in exports and logs. */
const MAX_CONTROL_SHARE = 0.02

/** Beginnings of files that people upload by mistake, named so that the message can say what the file is. */
/* eslint-disable no-control-regex -- file headers hold control characters */
const PICTURES: [pattern: RegExp, type: MediaType][] = [
  [/^\x89PNG\r\n\x1A\n/, 'image/png'],
  [/^\xFF\xD8\xFF/, 'image/jpeg'],
  [/^(?:II\*\0|MM\0\*)/, 'image/tiff'],
]
const MAGIC: [pattern: RegExp, name: string][] = [
  [/^GIF8[79]a/, 'a GIF image'],
  [/^RIFF[^]{4}WEBP/, 'a WebP image'],
  [/^BM[^]{4}\0{4}/, 'a bitmap image'],
  [/^\0\0\x01\0/, 'an icon'],
  [/^[^]{4}ftyp(?:heic|heix|mif1|avif)/, 'an image'],
  [/^[^]{4}ftyp/, 'a video'],
  [/^(?:ID3|\xFF[\xFB\xF3\xF2]|OggS|fLaC|RIFF[^]{4}WAVE)/, 'a sound file'],
  [/^(?:RIFF[^]{4}AVI|\x1AE\xDF\xA3|\0\0\x01\xBA)/, 'a video'],
  [/^\x1F\x8B/, 'a gzip archive'],
  [/^BZh[1-9]/, 'a bzip2 archive'],
  [/^\xFD7zXZ\0/, 'an xz archive'],
  [/^7z\xBC\xAF\x27\x1C/, 'a 7-Zip archive'],
  [/^Rar!/, 'a RAR archive'],
  [/^[^]{257}ustar/, 'a tar archive'],
  [/^SQLite format 3/, 'an SQLite database'],
  [/^(?:\x7FELF|MZ[^]{0,200}PE\0\0|\xCF\xFA\xED\xFE|\xCA\xFE\xBA\xBE)/, 'a program'],
  [/^(?:%!PS|\xC5\xD0\xD3\xC6)/, 'a PostScript file; save it as PDF'],
  [/^AT&TFORM/, 'a DjVu file; save it as PDF'],
  [/^\0asm/, 'a program'],
]
/* eslint-enable no-control-regex */

/**
 * What a stored file is, from its bytes; the name decides between plain text, Markdown and tables alone.
 * Rejects with AppError `empty_file`, `unsupported_type`, `encrypted_file` or `damaged_file`, whose message names what it is.
 */
export async function sniffMediaType(path: string, filename: string): Promise<MediaType> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const head = await readAt(file, 0, HEAD_BYTES)
  if (head.length === 0) throw new AppError('empty_file', 422, 'This file is empty.')
  const start = head.toString('latin1', 0, PDF_SEARCH_BYTES + 8)
  if (start.slice(0, PDF_SEARCH_BYTES + 5).includes('%PDF-')) return 'application/pdf'
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) {
    // The lengths come from the file: no more is asked for than there is.
    return await sniffZip((offset, length) => readAt(file, offset, Math.max(0, Math.min(length, size - offset))), size)
  }
  if (start.startsWith('\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1')) throw await sniffOle(file, size)
  for (const [pattern, type] of PICTURES) if (pattern.test(start)) return type
  if (/^(?:\xEF\xBB\xBF)?\s{0,20}\{\\rtf/.test(start)) return 'application/rtf'
  for (const [pattern, name] of MAGIC) if (pattern.test(start)) throw unsupported(name)
  return sniffText(head, filename, head.length === size)
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  const { bytesRead } = await file.read(buffer, 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

function unsupported(name: string): AppError {
  return new AppError('unsupported_type', 415, `This is ${name}. Ragtime reads ${READABLE_FORMATS}.`)
}

async function sniffZip(read: ReadAt, size: number): Promise<MediaType> {
  const entries = await readZipDirectory(read, size)
  if (!entries) throw failure('damaged_file')
  const has = (pattern: RegExp) => entries.some(entry => pattern.test(entry.name))
  if (has(/^word\/[^/]*document[^/]*\.xml$/i) || (has(/^word\//i) && has(/^\[Content_Types\]\.xml$/))) {
    if (entries.some(entry => entry.encrypted)) throw failure('encrypted_file')
    return DOCX
  }
  if (has(/^xl\/workbook\.bin$/i)) throw unsupported('a binary Excel (.xlsb) file; save it as .xlsx')
  if (has(/^(?:xl|ppt)\//i)) {
    if (entries.some(entry => entry.encrypted)) throw failure('encrypted_file')
    return has(/^xl\//i) ? XLSX : PPTX
  }
  const mimetype = entries.find(entry => entry.name === 'mimetype')
  const type = mimetype ? (await unzipEntry(read, mimetype, 200).catch(() => null))?.toString('latin1').trim() ?? '' : ''
  if (type.includes('epub') || has(/^META-INF\/container\.xml$/)) return 'application/epub+zip'
  if (type.includes('opendocument.text')) return 'application/vnd.oasis.opendocument.text'
  if (type.includes('opendocument.spreadsheet')) return ODS
  if (type.includes('opendocument.presentation')) return 'application/vnd.oasis.opendocument.presentation'
  if (has(/^META-INF\/MANIFEST\.MF$/)) throw unsupported('a Java archive')
  if (has(/^Index\/.*\.iwa$|^Index\.zip$/)) throw unsupported('an Apple iWork file; export it as PDF or Word')
  throw unsupported('a ZIP archive; unpack it and upload the files in it')
}

/** Old Office files and encrypted new ones share one container; the names in its directory, UTF-16, tell them apart. */
async function sniffOle(file: FileHandle, size: number): Promise<AppError> {
  const seen = new Set<string>()
  const names = ['EncryptedPackage', 'WordDocument', 'Workbook', 'Book', 'PowerPoint Document', '__substg1.0_', 'VisioDocument']
  const step = 1024 * 1024
  for (let offset = 0; offset < size; offset += step - 64) {
    const part = await readAt(file, offset, step)
    for (const name of names) if (part.includes(Buffer.from(name, 'utf16le'))) seen.add(name)
  }
  if (seen.has('EncryptedPackage')) return failure('encrypted_file')
  if (seen.has('WordDocument')) return unsupported('an old Word (.doc) file; save it as .docx')
  if (seen.has('Workbook') || seen.has('Book')) return unsupported('an old Excel (.xls) file')
  if (seen.has('PowerPoint Document')) return unsupported('an old PowerPoint (.ppt) file; save it as .pptx')
  if (seen.has('__substg1.0_')) return unsupported('an Outlook message')
  if (seen.has('VisioDocument')) return unsupported('a Visio drawing')
  return unsupported('an old Office file')
}

function sniffText(head: Buffer, filename: string, isWhole: boolean): MediaType {
  const wide = byteOrderMark(head)?.startsWith('utf-16') ? byteOrderMark(head)! : unmarkedUtf16(head)
  const mail = sniffMail(head, filename)
  if (mail) return mail
  if (!wide && looksBinary(head)) throw unsupported('a binary file of a kind that is not known')
  const text = new TextDecoder(wide ?? 'windows-1252').decode(head).replace(/^(?:\uFEFF|\u00EF\u00BB\u00BF)/, '')
  const isMarkdown = /\.(?:md|markdown|mdown|mkd|mkdn|mdx|qmd|rmd)$/i.test(filename)
  if (isSourceCode(filename, text.slice(0, 100).split('\n', 1)[0])) return 'text/plain'
  if (looksLikeHtml(text, isMarkdown)) return 'text/html'
  if (isMarkdown) return 'text/markdown'
  const table = detectDialect(text, filename, isWhole)
  if (table) return table.delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv'
  return 'text/plain'
}

function looksBinary(head: Buffer): boolean {
  let controls = 0
  for (const byte of head) {
    if (byte === 0) return true
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0D) && byte !== 0x1B) controls++
  }
  return controls > Math.max(40, head.length * MAX_CONTROL_SHARE)
}

/** Fields that hardly any other text begins with; a message has several (RFC 5322 §3.6). */
const MAIL_FIELDS = /^(?:from|to|date|subject|message-id|received|return-path|mime-version|content-type|delivered-to|reply-to|in-reply-to|sender|cc|x-mailer)[ \t]*:/i

/** A message begins with its fields, a mailbox with a line before them. The name of a file makes up for missing fields. */
function sniffMail(head: Buffer, filename: string): MediaType | null {
  const text = head.toString('latin1').replace(/^\u00EF\u00BB\u00BF/, '').replace(/\r\n?/g, '\n')
  const isMailbox = isSeparator(text)
  const fields = (isMailbox ? text.slice(text.indexOf('\n') + 1) : text).split(/(?<=^|\n)\n/, 1)[0]!.split('\n')
  // Each line of a head is a field or goes on with one; the last may be cut off.
  if (!fields.slice(0, -1).every(line => /^[!-9;-~]+[ \t]*:|^[ \t]/.test(line))) return null
  const known = new Set(fields.flatMap(line => MAIL_FIELDS.exec(line)?.[0].toLowerCase().replace(/[\s:]+$/, '') ?? []))
  if (isMailbox) return known.size > 0 || /\.mbox$/i.test(filename) ? 'application/mbox' : null
  if (/\.(?:eml|mht|mhtml)$/i.test(filename)) return known.size > 0 ? 'message/rfc822' : null
  if (/\.(?:md|markdown|txt|ya?ml|html?)$/i.test(filename)) return known.has('from') && (known.has('message-id') || known.has('received')) ? 'message/rfc822' : null
  return (known.has('from') && known.size >= 3) || (known.has('received') && known.size >= 2) ? 'message/rfc822' : null
}

/** A page says so at its start. Markdown may begin with an element too, but not with a document's. */
function looksLikeHtml(text: string, isMarkdown: boolean): boolean {
  const body = text.replace(/^(?:\s|<!--[^]*?-->|<\?xml[^]*?\?>)+/, '').slice(0, 20_000)
  if (/^<(?:!doctype\s+html|html|head|body|frameset)(?=[\s>])/i.test(body)) return true
  if (isMarkdown) return false
  if (/^<(?:title|meta|script|style|link|base)(?=[\s>/])/i.test(body)) return true
  return /^<(?:div|p|h[1-6]|table|ul|ol|section|article|main|header|span|a|br|b|i|em|strong|font|center|form)(?=[\s>/])/i.test(body)
    && /<\/[a-z][a-z0-9]*\s*>/i.test(body)
}
