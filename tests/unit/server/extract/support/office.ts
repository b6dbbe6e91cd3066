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
