import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { openPackage } from '../../../../server/extract/package.ts'

const archive = (parts: Record<string, string>) => Buffer.from(zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]))))

describe('openPackage', () => {
  it('unpacks the parts that are asked for', async () => {
    const source = await openPackage(archive({ 'a/b.xml': '<b/>', 'c.xml': '<c/>' }))
    expect(source.names).toEqual(['a/b.xml', 'c.xml'])
    expect((await source.read('a/b.xml'))?.toString()).toBe('<b/>')
    expect(source.has('c.xml')).toBe(true)
    expect(await source.read('d.xml')).toBeNull()
  })

  it('bounds what all parts unpack to, whatever their sizes say', async () => {
    const bytes = archive({ 'a.xml': 'x'.repeat(40_000), 'b.xml': 'y'.repeat(40_000) })
    const source = await openPackage(bytes, { maxBytes: 50_000 })
    await source.read('a.xml')
    await expect(source.read('b.xml')).rejects.toMatchObject({ code: 'too_large' })

    // The directory's size of the second part, made small.
    const lying = Buffer.from(bytes)
    lying.writeUInt32LE(10, lying.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24)
    const liar = await openPackage(lying, { maxBytes: 20_000 })
    await expect(liar.read('b.xml')).rejects.toMatchObject({ code: 'too_large' })
  })

  it('says that a file is damaged, has too many entries or a password', async () => {
    await expect(openPackage(Buffer.from('PK\x03\x04 and no directory'))).rejects.toMatchObject({ code: 'damaged_file' })
    const many = archive(Object.fromEntries(Array.from({ length: 10_100 }, (_, index) => [`${index}`, ''])))
    await expect(openPackage(many)).rejects.toMatchObject({ code: 'too_complex' })
    const locked = archive({ 'a.xml': 'secret' })
    const directory = locked.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    locked.writeUInt16LE(locked.readUInt16LE(directory + 8) | 1, directory + 8)
    await expect((await openPackage(locked)).read('a.xml')).rejects.toMatchObject({ code: 'encrypted_file' })
  })

  it('refuses entries that share bytes', async () => {
    const bytes = archive({ 'a.xml': 'x'.repeat(1_000), 'b.xml': 'y'.repeat(1_000) })
    const second = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    bytes.writeUInt32LE(10, second + 42)
    await expect(openPackage(bytes)).rejects.toMatchObject({ code: 'damaged_file' })
  })

  it('does not read a stream of nothing: more packed bytes than could be unpacked', async () => {
    const bytes = archive({ 'a.xml': 'x' })
    const directory = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    bytes.writeUInt32LE(2_000_000, directory + 20)
    await expect((await openPackage(bytes, { maxBytes: 1_000_000 })).read('a.xml')).rejects.toMatchObject({ code: 'too_large' })
  })

  it('takes sizes that are only stated elsewhere (ZIP64) for what they say: 4 GB', async () => {
    const bytes = archive({ 'a.xml': 'x' })
    bytes.writeUInt32LE(0xFFFFFFFF, bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24)
    await expect((await openPackage(bytes)).read('a.xml')).rejects.toMatchObject({ code: 'too_large' })
  })
})
