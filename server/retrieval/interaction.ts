/** Keeps weights above zero where a word tells nothing apart, as with a single candidate. */
const LEAST_WEIGHT = 1e-3

/**
 * Late interaction: each token of the question looks for the token of a text that is nearest to it, and a text's score is
 * the weighted mean of those similarities. A token counts by how far its best text is ahead of the average one, so that
 * words which every candidate has, or none, decide nothing: R@1 of the chunking corpora 76.8, with equal weights 73.2, with
 * the weights of rarity in the collection 76.1; XQuAD and code were the same.
 *
 * The texts' vectors have signs alone. The sum over a question vector's numbers, each with a text's sign, is looked up by
 * the byte: 20 texts of 190 tokens take some 5 ms.
 *
 * @param query `tokens × dimensions` of unit length
 * @param texts the signs of each text's tokens
 * @returns a score for each text, about 0.8 of the cosine that whole vectors would give; 0 for a text without tokens
 */
export function interactions(query: Float32Array, texts: Uint8Array[], dimensions: number): number[] {
  const tokens = query.length / dimensions
  const best = texts.map(() => new Float32Array(tokens))
  for (let token = 0; token < tokens; token++) {
    const table = sumsByByte(query.subarray(token * dimensions, (token + 1) * dimensions))
    for (const [index, signs] of texts.entries()) best[index]![token] = nearest(table, signs, dimensions)
  }
  const weights = Array.from({ length: tokens }, (_, token) => {
    const values = best.map(similarities => similarities[token]!)
    return Math.max(...values) - values.reduce((sum, value) => sum + value, 0) / values.length + LEAST_WEIGHT
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return best.map(similarities => total > 0 ? weights.reduce((sum, weight, token) => sum + weight * similarities[token]!, 0) / total : 0)
}

/** For each byte of a token's signs and each of its 256 values, the sum of the vector's eight numbers with those signs. */
function sumsByByte(vector: Float32Array): Float32Array {
  const bytes = Math.ceil(vector.length / 8)
  const table = new Float32Array(bytes * 256)
  for (let byte = 0; byte < bytes; byte++) {
    const start = byte * 256
    for (let d = byte * 8; d < Math.min(vector.length, byte * 8 + 8); d++) table[start]! -= vector[d]!
    for (let bit = 0; bit < 8; bit++) {
      const step = 2 * (vector[byte * 8 + bit] ?? 0)
      for (let low = 0; low < 1 << bit; low++) table[start + (1 << bit) + low] = table[start + low]! + step
    }
  }
  return table
}

function nearest(table: Float32Array, signs: Uint8Array, dimensions: number): number {
  const bytes = table.length / 256
  if (signs.length === 0) return 0
  let best = -Infinity
  for (let token = 0; token < signs.length; token += bytes) {
    let sum = 0
    for (let byte = 0; byte < bytes; byte++) sum += table[byte * 256 + signs[token + byte]!]!
    if (sum > best) best = sum
  }
  return best / Math.sqrt(dimensions)
}
