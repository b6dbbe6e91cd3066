/** Keeps what was used last, up to a number of bytes; for values that can be made again. */
export class ByteCache {
  readonly #maxBytes: number
  /** Oldest use first: a Map keeps the order in which keys were set. */
  readonly #values = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key)
    if (value) {
      this.#values.delete(key)
      this.#values.set(key, value)
    }
    return value
  }

  set(key: string, value: Uint8Array): void {
    this.#remove(key)
    if (value.byteLength > this.#maxBytes) return
    this.#values.set(key, value)
    this.#bytes += value.byteLength
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#values.get(key)?.byteLength ?? 0
    this.#values.delete(key)
  }
}
