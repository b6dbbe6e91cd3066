/**
 * Mean of the token vectors, scaled to unit length, as sentence-transformers' mean pooling does with no padding.
 *
 * @param hidden token vectors one after another, `tokens × dimensions`
 */
export function meanPool(hidden: Float32Array, dimensions: number): Float32Array {
  const pooled = new Float32Array(dimensions)
  for (let i = 0; i < hidden.length; i += dimensions) {
    for (let d = 0; d < dimensions; d++) pooled[d]! += hidden[i + d]!
  }
  // The mean's divisor falls out when the length becomes one.
  let squares = 0
  for (const value of pooled) squares += value * value
  const norm = Math.sqrt(squares)
  if (norm > 0) for (let d = 0; d < dimensions; d++) pooled[d]! /= norm
  return pooled
}
