import { z } from 'zod'
import { toUnitLength } from '../pooling.ts'
import { CallError } from '../retry.ts'

/** What both APIs answer; everything else in it is of no interest. */
const responseSchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()) })),
})

/**
 * Reads the vectors of an answer, in the order of the texts that were sent: each says by `index` whose it is. An answer that is
 * not whole is refused whole, because a text without its vector, or with another's, would never be noticed later.
 *
 * @param expected.dimensions null: any, but the same for all
 * @throws CallError
 */
export function readVectors(body: Buffer, expected: { count: number, dimensions: number | null }): Float32Array[] {
  const parsed = responseSchema.safeParse(parseJson(body))
  if (!parsed.success) throw refused('has another form than that of an embeddings API')
  const { data } = parsed.data
  if (data.length !== expected.count) throw refused(`holds ${data.length} vectors for ${expected.count} texts`)
  const dimensions = expected.dimensions ?? data[0]?.embedding.length ?? 0
  const vectors: Float32Array[] = []
  for (const { index, embedding } of data) {
    if (index >= expected.count || vectors[index]) throw refused('gives two vectors to one text')
    if (embedding.length !== dimensions || dimensions === 0) throw refused(`holds a vector of ${embedding.length} numbers, not ${dimensions}`)
    const vector = toUnitLength(Float32Array.from(embedding))
    if (!vector.some(value => value !== 0) || !vector.every(Number.isFinite)) throw refused('holds a vector that points nowhere')
    vectors[index] = vector
  }
  return vectors
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  }
  catch {
    throw refused('is not JSON')
  }
}

/** A service that answers like this once will hardly do better at once. */
function refused(why: string): CallError {
  return new CallError(`The answer ${why}`, { transient: false })
}
