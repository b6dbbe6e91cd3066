import { normalise } from '../normalise.ts'
import { readXml } from '../xml.ts'
import { folderOf, resolvePath } from './publication.ts'

/** One line of a book's table of contents. */
export interface ContentsEntry {
  label: string
  /** From 1. */
  depth: number
  path: string
  fragment: string | null
}

const MAX_ENTRIES = 10_000
const MAX_LABEL = 200

/** The table of contents of EPUB 3 (`nav`, §5.4) or EPUB 2 (NCX), in its order; empty when it says nothing. */
export function readContents(document: Buffer, { path, ncx }: { path: string, ncx: boolean }): ContentsEntry[] {
  const found = ncx ? readNcx(document) : readNav(document)
  return found.slice(0, MAX_ENTRIES).flatMap(({ label, depth, reference }) => {
    const clean = normalise(label.replaceAll('&nbsp;', ' ')).slice(0, MAX_LABEL).toWellFormed()
    return clean && reference ? [{ label: clean, depth, ...resolvePath(folderOf(path), reference) }] : []
  })
}

interface Found { label: string, depth: number, reference: string }

function readNav(document: Buffer): Found[] {
  const found: Found[] = []
  // Depth of lists within the one `nav` that is the table of contents; others list pages or landmarks.
  let isInside = false
  let depth = 0
  let current: Found | null = null
  readXml(document, {
    open(name, attributes) {
      if (name === 'nav') isInside = /(?:^|\s)toc(?:\s|$)/.test(attributes['epub:type'] ?? attributes.role?.replace('doc-', '') ?? '')
      if (!isInside) return
      if (name === 'ol' || name === 'ul') depth++
      else if (name === 'a') current = { label: '', depth: Math.max(1, depth), reference: attributes.href ?? '' }
    },
    text(text) {
      if (current && current.label.length < 1000) current.label += text
    },
    close(name) {
      if (name === 'nav') isInside = false
      if (!isInside) return
      if (name === 'ol' || name === 'ul') depth--
      else if (name === 'a' && current) {
        found.push(current)
        current = null
      }
    },
  })
  return found
}

function readNcx(document: Buffer): Found[] {
  const found: Found[] = []
  const open: Found[] = []
  let isInText = false
  readXml(document, {
    open(name, attributes) {
      if (name === 'navPoint') {
        const entry = { label: '', depth: open.length + 1, reference: '' }
        open.push(entry)
        found.push(entry)
      }
      else if (name === 'text') isInText = true
      else if (name === 'content' && open.length > 0) open.at(-1)!.reference ||= attributes.src ?? ''
    },
    text(text) {
      const entry = open.at(-1)
      if (isInText && entry && entry.label.length < 1000) entry.label += text
    },
    close(name) {
      if (name === 'navPoint') open.pop()
      else if (name === 'text') isInText = false
    },
  })
  return found
}
