import { describe, expect, it } from 'vitest'
import { readXml } from '../../../../server/extract/xml.ts'

function eventsOf(xml: string | Buffer): string[] {
  const events: string[] = []
  readXml(Buffer.from(xml), {
    open: (name, attributes) => events.push(`<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`)].join(' ')}>`),
    close: name => events.push(`</${name}>`),
    text: text => events.push(text),
  })
  return events
}

describe('readXml', () => {
  it('gives elements without and attributes with their prefix, and predefined entities decoded', () => {
    expect(eventsOf('<a:p r:id="1" id="2"><a:t>R&amp;B &#233;</a:t><a:br/></a:p>').join('')).toBe('<p r:id=1 id=2><t>R&B é</t><br></br></p>')
  })

  it('decodes what the declaration names, and UTF-16', () => {
    expect(eventsOf(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><t>caf\xe9</t>', 'latin1')).join('')).toBe('<t>café</t>')
    expect(eventsOf(Buffer.from('\uFEFF<t>café</t>', 'utf16le')).join('')).toContain('café')
  })

  it('expands no declared entity and loads nothing', () => {
    const xml = '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><t>&b;&c;</t>'
    expect(eventsOf(xml).join('')).toBe('<t>&b;&c;</t>')
  })

  it.each([
    ['elements inside each other', '<a>'.repeat(600)],
    ['attributes', `<a ${Array.from({ length: 1_100 }, (_, index) => `a${index}="x"`).join(' ')}/>`],
  ])('refuses too many %s', (_, xml) => {
    expect(() => readXml(Buffer.from(xml), {})).toThrow(expect.objectContaining({ code: 'too_complex' }))
  })
})
