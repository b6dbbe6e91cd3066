import { describe, expect, it } from 'vitest'
import { createLocator } from '../../../eval/support/locate-text.ts'

describe('a passage of the source', () => {
  const canonical = 'A title\n\nThe “first” rag, by Krell — printed in 1897. Then more.\nThe second: 𝔸rt of the ﬁrst rag.'
  const locate = createLocator(canonical)
  const found = (passage: string, place = 0) => {
    const range = locate(passage, place)
    return range && canonical.slice(...range)
  }

  it('is found whatever markup and typography became of it', () => {
    expect(found('The "first" **rag**,\nby Krell - printed in 1897.')).toBe('The “first” rag, by Krell — printed in 1897')
    expect(found('# A   title')).toBe('A title')
    expect(found('Then <unk> more')).toBe('Then more')
  })

  it('is found at characters that fold to several, or are two code units', () => {
    expect(found('first rag.', 1)).toBe('ﬁrst rag')
    expect(found('second: A')).toBe('second: 𝔸')
  })

  it('is the one that stands as far into the text', () => {
    expect(locate('rag', 0)![0]).toBe(canonical.indexOf('rag'))
    expect(locate('rag', 1)![0]).toBe(canonical.lastIndexOf('rag'))
  })

  it('is not found when it is not there, or has no letter', () => {
    expect(found('printed in 1898')).toBeNull()
    expect(found(' — ')).toBeNull()
  })
})
