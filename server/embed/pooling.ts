import type { Pooling } from './registry.ts'

/**
 * One vector of unit length for the token vectors of one text without padding, as sentence-transformers pools:
 * `mean` averages them, `cls` takes the first and `last` the last.
 *
 * @param hidden token vectors one after another, `tokens × dimensions`
 */
export function pool(hidden: Float32Array, dimensions: number, pooling: Pooling): Float32Array {
  if (pooling === 'mean') return meanPool(hidden, dimensions)
  const start = pooling === 'cls' ? 0 : hidden.length - dimensions
  return toUnitLength(hidden.slice(start, start + dimensions))
}

/** Mean of the token vectors, scaled to unit length. */
export function meanPool(hidden: Float32Array, dimensions: number): Float32Array {
  const pooled = new Float32Array(dimensions)
  for (let i = 0; i < hidden.length; i += dimensions) {
    for (let d = 0; d < dimensions; d++) pooled[d]! += hidden[i + d]!
  }
  // The mean's divisor falls out when the length becomes one.
  return toUnitLength(pooled)
}

/** Scales in place; a zero vector stays as it is. */
export function toUnitLength(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const norm = Math.sqrt(squares)
  if (norm > 0) for (let d = 0; d < vector.length; d++) vector[d]! /= norm
  return vector
}
