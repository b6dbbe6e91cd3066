import { ExtractFailure } from '../failures.ts'
import { normalise } from '../normalise.ts'
import type { Package } from '../package.ts'
import { readXml } from '../xml.ts'

export interface Publication {
  title: string | null
  /** Paths of the parts that are read, in reading order, each once. */
  spine: string[]
  /** Path of the table of contents, and whether it is the older one (NCX). */
  contents: { path: string, ncx: boolean } | null
}

interface Item { path: string, mediaType: string, properties: string }

const READABLE = /^(?:application\/xhtml\+xml|text\/html|text\/x-oeb1-document|application\/x-dtbook\+xml)$/i
const READABLE_NAME = /\.x?html?$/i
/** Ways to scramble embedded fonts (EPUB 3.3 §4.2.6.3.1 and Adobe's); a book with nothing else locked can be read. */
const FONT_OBFUSCATION = /^http:\/\/(?:www\.idpf\.org\/2008\/embedding|ns\.adobe\.com\/pdf\/enc#RC)$/

/**
 * What a book consists of, by its container and package document (EPUB 3.3 §4.2 and §5). A book whose package document is
 * missing or empty is read file by file.
 *
 * @throws ExtractFailure `encrypted_file` when what is to be read is locked
 */
export async function readPublication(book: Package): Promise<Publication> {
  const path = await packagePath(book)
  const document = path === null ? null : await book.read(path)
  const publication = document && path !== null ? readPackageDocument(document, folderOf(path)) : null
  const spine = publication?.spine.filter(part => book.has(part)) ?? []
  const read = {
    title: publication?.title ?? null,
    spine: spine.length > 0 ? spine : book.names.filter(name => READABLE_NAME.test(name)),
    contents: publication?.contents && book.has(publication.contents.path) ? publication.contents : null,
  }
  if (await isLocked(book, new Set(read.spine))) throw new ExtractFailure('encrypted_file')
  return read
}

async function packagePath(book: Package): Promise<string | null> {
  const container = await book.read('META-INF/container.xml')
  let path: string | null = null
  if (container) {
    readXml(container, {
      open(name, attributes) {
        if (name === 'rootfile') path ??= attributes['full-path'] ?? null
      },
    })
  }
  if (path !== null && book.has(path)) return path
  return book.names.find(name => /\.opf$/i.test(name)) ?? null
}

function readPackageDocument(document: Buffer, folder: string): Publication {
  const items = new Map<string, Item>()
  const order: string[] = []
  let tocId: string | undefined
  let title = ''
  let inTitle = false
  readXml(document, {
    open(name, attributes) {
      if (name === 'title' && !title) inTitle = true
      else if (name === 'item' && attributes.id && attributes.href) {
        items.set(attributes.id, { path: resolvePath(folder, attributes.href).path, mediaType: attributes['media-type'] ?? '', properties: attributes.properties ?? '' })
      }
      else if (name === 'spine') tocId = attributes.toc
      else if (name === 'itemref' && attributes.idref) order.push(attributes.idref)
    },
    text(text) {
      if (inTitle && title.length < 1000) title += text
    },
    close(name) {
      if (name === 'title') inTitle = false
    },
  })
  const all = [...items.values()]
  const nav = all.find(({ properties }) => properties.split(/\s+/).includes('nav'))
  const ncx = (tocId === undefined ? undefined : items.get(tocId)) ?? all.find(({ mediaType }) => mediaType === 'application/x-dtbncx+xml')
  const spine = order.map(id => items.get(id)).filter(item => item !== undefined)
    .filter(({ path, mediaType }) => READABLE.test(mediaType) || READABLE_NAME.test(path))
    // A table of contents says again what the chapters say.
    .filter(({ path }) => path !== nav?.path)
  return {
    title: normalise(title) || null,
    spine: [...new Set(spine.map(({ path }) => path))],
    contents: nav ? { path: nav.path, ncx: false } : ncx ? { path: ncx.path, ncx: true } : null,
  }
}

/** Whether a part that is to be read is encrypted (EPUB 3.3 §4.2.6.3, as digital rights management does it). */
async function isLocked(book: Package, wanted: ReadonlySet<string>): Promise<boolean> {
  const list = await book.read('META-INF/encryption.xml')
  if (!list) return false
  let algorithm = ''
  let locked = false
  readXml(list, {
    open(name, attributes) {
      if (name === 'EncryptedData') algorithm = ''
      else if (name === 'EncryptionMethod') algorithm ||= attributes.Algorithm ?? ''
      else if (name === 'CipherReference' && attributes.URI) {
        if (!FONT_OBFUSCATION.test(algorithm) && wanted.has(resolvePath('', attributes.URI).path)) locked = true
      }
    },
  })
  return locked
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** A reference within the archive as the path of a part and a fragment; it cannot lead out of the archive. */
export function resolvePath(folder: string, reference: string): { path: string, fragment: string | null } {
  const [target = '', fragment] = reference.split('#', 2)
  const segments: string[] = []
  for (const segment of `${target.startsWith('/') ? '' : folder}${decode(target)}`.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '.' && segment !== '') segments.push(segment)
  }
  return { path: segments.join('/'), fragment: fragment ? decode(fragment) : null }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  }
  catch {
    return text
  }
}
