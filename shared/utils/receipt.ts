import type { ErasureReceipt, ErasureScan } from '../schemas/erasure.ts'
import { formatBytes, formatCount } from './format.ts'

/** What a deletion removed, as a list for people; what there was none of is left out. */
export function receiptLines({ removed, marked, answers }: ErasureReceipt): { name: string, value: string }[] {
  const count = (value: number) => value.toLocaleString('en')
  return [
    { name: 'Original file', value: formatBytes(removed.bytes), count: removed.files },
    { name: 'Pages of text', value: count(removed.pages), count: removed.pages },
    { name: 'Pages with places of characters', value: count(removed.boxes), count: removed.boxes },
    { name: 'Chunks', value: count(removed.chunks), count: removed.chunks },
    { name: 'Entries of the full-text index', value: count(removed.fullTextRows), count: removed.fullTextRows },
    { name: 'Vectors', value: count(removed.vectors), count: removed.vectors },
    { name: 'Quotes in answers and feedback', value: count(removed.quotes), count: removed.quotes },
    { name: 'Passages kept with answers', value: count(removed.runEvents), count: removed.runEvents },
    { name: answers === 'mark' ? 'Answers that keep their quotes, marked' : 'Answers marked', value: count(marked.answers), count: marked.answers },
  ].filter(line => line.count > 0).map(({ name, value }) => ({ name, value }))
}

/** What the search of the disk found, in words. */
export function scanSentence({ sampled, found, heldElsewhere, complete, places }: ErasureScan): string {
  if (sampled === 0) return 'There was no text of it to look for.'
  const sentences = formatCount(sampled, 'sentence')
  const bytes = formatBytes(places.reduce((sum, place) => sum + place.bytes, 0))
  if (found > 0) return `${found} of its sentences ${found === 1 ? 'was' : 'were'} still found on the disk (${sentences} looked for in ${bytes}). Delete it again, or restart the server, which removes what is left.`
  const elsewhere = heldElsewhere > 0 ? ` ${heldElsewhere} of them stand in another document or a chat as well.` : ''
  if (!complete) return `None of ${sentences} was found in the ${bytes} that could be looked at in time; there is more on the disk.${elsewhere}`
  return `None of ${sentences} is left: ${bytes} of database, log and files were searched byte by byte.${elsewhere}`
}
