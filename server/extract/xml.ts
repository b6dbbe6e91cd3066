import { Parser } from 'htmlparser2'
import { decodeSlices, detectEncoding } from './encoding.ts'
import { ExtractFailure } from './failures.ts'

/** Depth of nesting: office files stay under 60, and whoever follows the elements keeps a stack. */
const MAX_DEPTH = 512
/** A part of 48 MB holds no more than this in honest files. */
const MAX_ELEMENTS = 4_000_000
/** Attributes of one element. */
const MAX_ATTRIBUTES = 1_000

export type Attributes = Readonly<Record<string, string>>

/** Names of elements come without their prefix (`w:p` is `p`), names of attributes as they are written (`r:id`). */
export interface XmlHandler {
  open?: (name: string, attributes: Attributes) => void
  close?: (name: string) => void
  /** One run of text may come in several calls. */
  text?: (text: string) => void
}

/**
 * Reads XML as a stream of events and never builds a tree. Declared entities are not expanded and nothing outside is
 * loaded; an unknown entity stays as it is written. Damaged XML is read as far as it makes sense.
 *
 * @throws ExtractFailure `too_complex` beyond the bounds of elements, attributes and depth
 */
export function readXml(bytes: Buffer, handler: XmlHandler): void {
  const steps = stepXml(bytes, handler)
  while (!steps.next().done);
}

/** As `readXml`, about a million characters a step, so that what was read can be passed on before there is more. */
export function* stepXml(bytes: Buffer, handler: XmlHandler): Generator<void> {
  let depth = 0
  let elements = 0
  let attributes = 0
  const parser = new Parser({
    onopentagname() {
      attributes = 0
      if (++depth > MAX_DEPTH || ++elements > MAX_ELEMENTS) throw new ExtractFailure('too_complex')
    },
    onattribute() {
      if (++attributes > MAX_ATTRIBUTES) throw new ExtractFailure('too_complex')
    },
    onopentag(name, attribs) {
      handler.open?.(localName(name), attribs)
    },
    onclosetag(name) {
      depth--
      handler.close?.(localName(name))
    },
    ontext(text) {
      // The rest of a DOCTYPE comes as text before the first element.
      if (depth > 0) handler.text?.(text)
    },
  }, { xmlMode: true, decodeEntities: true })
  const declared = /^[^]{0,3}<\?xml[^>]*?encoding=["']([\w.:-]{1,40})["']/.exec(bytes.toString('latin1', 0, 200))?.[1]
  for (const slice of decodeSlices(bytes, detectEncoding(bytes, declared))) {
    parser.write(slice)
    yield
  }
  parser.end()
}

/** A qualified name without its prefix: producers choose prefixes freely. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
