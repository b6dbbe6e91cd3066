/** A rate is that of the last seconds: pages of one document differ, and another document may take half of the machine. */
const WINDOW_MS = 20_000
/** Said only after this long and this many steps: the first page includes the start of the reader. */
const MIN_MS = 2_000
const MIN_STEPS = 3
/** Samples closer than this share one entry, so that the window stays small. */
const GRAIN_MS = 250

/** How quickly a count has grown of late. */
class Rate {
  readonly #now: () => number
  #samples: { at: number, count: number }[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  note(count: number): void {
    const at = this.#now()
    const before = this.#samples.at(-2)
    if (before && at - before.at < GRAIN_MS) this.#samples.pop()
    this.#samples.push({ at, count })
    while (this.#samples.length > 2 && at - this.#samples[1]!.at >= WINDOW_MS) this.#samples.shift()
  }

  /** Steps a second up to now, so that a stall slows it down; null while it says nothing yet. */
  get perSecond(): number | null {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (!first || !last) return null
    const ms = this.#now() - first.at
    const steps = last.count - first.count
    return ms < MIN_MS || steps < MIN_STEPS ? null : steps / ms * 1000
  }
}

/**
 * How long a document still takes, from what was measured of it: reading its pages and embedding its chunks, which go on
 * side by side. Null until both rates are known, and for ever where a document does not say how many pages it has.
 */
export class TimeLeft {
  readonly #embeds: boolean
  readonly #pageRate: Rate
  readonly #chunkRate: Rate
  #pages = 0
  #pageTotal = 0
  #cut = 0
  #chunkTotal: number | null = null
  #embedded = 0

  /** @param options.embeds false where there are no embeddings to wait for */
  constructor({ embeds, now = () => performance.now() }: { embeds: boolean, now?: () => number }) {
    this.#embeds = embeds
    this.#pageRate = new Rate(now)
    this.#chunkRate = new Rate(now)
  }

  /** So many of `total` pages (0: not known) are read, and so many chunks were cut from them. */
  noteRead(pages: number, total: number, chunks: number): void {
    this.#pages = pages
    this.#pageTotal = total
    this.#cut = chunks
    this.#pageRate.note(pages)
  }

  /** All pages are read and were cut into so many chunks. */
  noteAllRead(chunks: number): void {
    this.#chunkTotal = chunks
  }

  /** So many chunks have their embedding. */
  noteEmbedded(chunks: number): void {
    this.#embedded = chunks
    this.#chunkRate.note(chunks)
  }

  /** Whole seconds, at least 1; null while it cannot be known. */
  get seconds(): number | null {
    const reading = this.#chunkTotal === null ? divide(this.#pageTotal > 0 ? this.#pageTotal - this.#pages : null, this.#pageRate.perSecond) : 0
    const embedding = this.#embeds ? divide(this.#chunksLeft, this.#chunkRate.perSecond) : 0
    return reading === null || embedding === null ? null : Math.max(1, Math.ceil(Math.max(reading, embedding)))
  }

  get #chunksLeft(): number | null {
    const all = this.#chunkTotal ?? (this.#pages > 0 ? this.#cut / this.#pages * this.#pageTotal : null)
    return all === null ? null : Math.max(0, all - this.#embedded)
  }
}

function divide(steps: number | null, perSecond: number | null): number | null {
  if (steps === 0) return 0
  return steps === null || perSecond === null ? null : steps / perSecond
}
