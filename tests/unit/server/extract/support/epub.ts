import { strToU8, zipSync } from 'fflate'

export interface EpubOptions { title?: string, ncx?: boolean, extra?: Record<string, string> }

/** A small EPUB of chapters in `OEBPS/text/`, with a table of contents `[label, reference]` in EPUB 3's or EPUB 2's form. */
export function makeEpub(chapters: Record<string, string>, contents: [label: string, reference: string][], { title = 'A Book', ncx = false, extra = {} }: EpubOptions = {}): Buffer {
  const names = Object.keys(chapters)
  const list = ncx
    ? `<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>${contents.map(([label, to]) => `<navPoint><navLabel><text>${label}</text></navLabel><content src="text/${to}"/></navPoint>`).join('')}</navMap></ncx>`
    : `<html xmlns:epub="http://www.idpf.org/2007/ops"><nav epub:type="landmarks"><ol><li><a href="text/x.xhtml">Cover</a></li></ol></nav><nav epub:type="toc"><ol>${contents.map(([label, to]) => `<li><a href="text/${to}">${label}</a></li>`).join('')}</ol></nav></html>`
  return zip({
    'mimetype': 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    'OEBPS/book.opf': `<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>${title}</dc:title></metadata><manifest>
      ${ncx ? '<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' : '<item id="toc" href="toc.xhtml" media-type="application/xhtml+xml" properties="nav"/>'}
      ${names.map((name, index) => `<item id="c${index}" href="text/${encodeURIComponent(name)}" media-type="application/xhtml+xml"/>`).join('')}
      </manifest><spine${ncx ? ' toc="toc"' : ''}>${names.map((_, index) => `<itemref idref="c${index}"/>`).join('')}</spine></package>`,
    [`OEBPS/${ncx ? 'toc.ncx' : 'toc.xhtml'}`]: list,
    ...Object.fromEntries(names.map(name => [`OEBPS/text/${name}`, `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><style/></head><body>${chapters[name]}</body></html>`])),
    ...extra,
  })
}

export function zip(parts: Record<string, string>): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]))))
}
