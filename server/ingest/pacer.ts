import { setImmediate as nextTurn } from 'node:timers/promises'

/** A request needs two or three turns of the event loop, and two documents may be worked on. */
const SLICE_MS = 8

/**
 * Lets everything else have its turn after each `sliceMs` of work. Await it in every loop that can run for long: awaiting
 * promises alone never leaves the event loop's current turn.
 */
export function createPacer(sliceMs = SLICE_MS): () => Promise<void> | void {
  let since = performance.now()
  return () => {
    if (performance.now() - since < sliceMs) return
    return nextTurn().then(() => {
      since = performance.now()
    })
  }
}
