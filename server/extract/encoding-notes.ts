import { count, noNotes } from './notes.ts'
import type { RawBlock } from './sections.ts'

/**
 * Notes on blocks what their encoding cost: letters whose encoding nobody had stated and that was therefore guessed, by
 * its name, and bytes that are no text in it.
 */
export function* withEncodingNotes(blocks: Iterable<RawBlock>, { encoding, isGuess }: { encoding: string, isGuess: boolean }): Generator<RawBlock> {
  const kind = `read_as_${encoding.toLowerCase().replaceAll(/[^a-z\d]+/g, '_')}`
  for (const block of blocks) {
    // A mark of a hole in valid UTF-8 is the author's own.
    const holes = encoding === 'utf-8' ? 0 : block.text.split('\uFFFD').length - 1
    // ASCII is the same in all of them.
    const guessed = isGuess ? block.text.match(/\P{ASCII}/gu)?.length ?? 0 : 0
    if (holes + guessed > 0) {
      block.notes ??= noNotes()
      count(block.notes.repairs, 'encoding', holes)
      count(block.notes.repairs, kind, guessed)
    }
    yield block
  }
}
