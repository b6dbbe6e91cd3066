import { zipSync, type Zippable } from 'fflate'

const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** An archive of these parts. */
export function archive(parts: Record<string, string | Buffer>): Buffer {
  const zip: Zippable = {}
  for (const [name, part] of Object.entries(parts)) zip[name] = Buffer.from(part as string)
  return Buffer.from(zipSync(zip))
}

/** The part that names the relations of another: id, type and target of each. */
export function relations(entries: Record<string, [type: string, target: string]>): string {
  return `<Relationships>${Object.entries(entries).map(([id, [type, target]]) => `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`).join('')}</Relationships>`
}

export function wordParagraph(text: string): string {
  return `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`
}

/** A Word file of this body; `related` are relations of its main part. */
export function wordFile(body: string, parts: Record<string, string> = {}, related: Record<string, [type: string, target: string]> = {}): Buffer {
  return archive({
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relations({ r1: ['officeDocument', 'word/document.xml'] }),
    'word/document.xml': `<w:document><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relations({ s: ['styles', 'styles.xml'], ...related }),
    ...parts,
  })
}

/** A shape of a slide: its paragraphs as they are or as text, what it is the placeholder of, and its place in points. */
export function shape(paragraphs: (string | { xml: string })[], { ph = '', at = [0, 0], size = [100, 20], attributes = '' }: { ph?: string, at?: [number, number] | null, size?: [number, number], attributes?: string } = {}): string {
  const emu = (points: number) => points * 12_700
  const place = at ? `<a:xfrm><a:off x="${emu(at[0])}" y="${emu(at[1])}"/><a:ext cx="${emu(size[0])}" cy="${emu(size[1])}"/></a:xfrm>` : ''
  const text = paragraphs.map(paragraph => typeof paragraph === 'string' ? slideParagraph(paragraph) : paragraph.xml).join('')
  return `<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" ${attributes}/><p:nvPr>${ph ? `<p:ph ${ph}/>` : ''}</p:nvPr></p:nvSpPr><p:spPr>${place}</p:spPr><p:txBody>${text}</p:txBody></p:sp>`
}

export function slideParagraph(text: string, properties = ''): string {
  return `<a:p>${properties}<a:r><a:rPr lang="en"/><a:t>${text}</a:t></a:r></a:p>`
}

export interface SlideSpec { shapes: string, show?: string, related?: Record<string, [type: string, target: string]> }

/** A presentation of these slides, in their order; the names of their parts run the other way. */
export function presentation(slides: SlideSpec[], parts: Record<string, string> = {}): Buffer {
  const part = (index: number) => slides.length - index
  const all: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relations({ r1: ['officeDocument', 'ppt/presentation.xml'] }),
    'ppt/presentation.xml': `<p:presentation><p:sldIdLst>${slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="s${index}"/>`).join('')}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(Object.fromEntries(slides.map((_, index) => [`s${index}`, ['slide', `slides/slide${part(index)}.xml`]]))),
  }
  for (const [index, { shapes, show, related }] of slides.entries()) {
    all[`ppt/slides/slide${part(index)}.xml`] = `<p:sld ${show ? `show="${show}"` : ''}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`
    if (related) all[`ppt/slides/_rels/slide${part(index)}.xml.rels`] = relations(related)
  }
  return archive({ ...all, ...parts })
}

const ODF_TYPES = { odt: 'application/vnd.oasis.opendocument.text', odp: 'application/vnd.oasis.opendocument.presentation' }

/** An OpenDocument file of this body; `styles` are automatic styles of its content. */
export function odfFile(kind: 'odt' | 'odp', body: string, { styles = '', parts = {} }: { styles?: string, parts?: Record<string, string> } = {}): Buffer {
  const element = kind === 'odt' ? 'office:text' : 'office:presentation'
  return archive({
    'mimetype': ODF_TYPES[kind],
    'content.xml': `<office:document-content><office:automatic-styles>${styles}</office:automatic-styles><office:body><${element}>${body}</${element}></office:body></office:document-content>`,
    'META-INF/manifest.xml': '<manifest:manifest/>',
    ...parts,
  })
}
