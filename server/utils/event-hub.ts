/**
 * Hands each published value to every subscriber, in this process.
 *
 * Subscribers are called synchronously and must not throw or block; what they miss they read from the database.
 */
export class EventHub<T> {
  readonly #subscribers = new Set<(value: T) => void>()

  publish(value: T): void {
    for (const subscriber of this.#subscribers) subscriber(value)
  }

  /** Returns the function that ends the subscription. */
  subscribe(subscriber: (value: T) => void): () => void {
    // One of its own, so that the same function subscribed twice is two subscriptions.
    const own = (value: T) => subscriber(value)
    this.#subscribers.add(own)
    return () => this.#subscribers.delete(own)
  }

  get size(): number {
    return this.#subscribers.size
  }
}
