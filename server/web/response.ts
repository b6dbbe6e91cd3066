import type { IncomingHttpHeaders } from 'node:http'
import { parseParameters } from '../extract/mail/headers.ts'

/** Endings for what comes without one; the type itself is found from the content. */
const ENDINGS: Record<string, string> = {
  'text/html': '.html', 'application/xhtml+xml': '.html', 'application/pdf': '.pdf', 'text/markdown': '.md', 'application/epub+zip': '.epub', 'message/rfc822': '.eml',
}

/** What an answer says about its file: a name for it, and the encoding of a text. */
export function describeResponse(headers: IncomingHttpHeaders, url: URL): { filename: string, charset: string | null } {
  const { value: type, parameters } = parseParameters(headers['content-type'])
  const given = parseParameters(headers['content-disposition']).parameters.get('filename')
  const isText = type.startsWith('text/') || type === 'application/xhtml+xml'
  return { filename: given || withEnding(nameIn(url), ENDINGS[type] ?? ''), charset: isText ? parameters.get('charset') ?? null : null }
}

/** The last part of the path, else the name of the site. */
function nameIn(url: URL): string {
  const last = url.pathname.split('/').findLast(Boolean)
  if (!last) return url.hostname
  try {
    return decodeURIComponent(last)
  }
  catch {
    return last
  }
}

function withEnding(name: string, ending: string): string {
  if (!ending || name.toLowerCase().endsWith(ending) || (ending === '.html' && /\.x?html?$/i.test(name))) return name
  return `${name}${ending}`
}
