/** Label values of one sample, by name. */
export type Labels = Record<string, string>
export type Sample = [labels: Labels, value: number]

/**
 * Label sets that one metric may have. Routes, models and the like are few; whatever makes them many is counted together
 * under this value, so that no request can fill the memory.
 */
const MAX_SERIES = 200
const OVERFLOW = 'other'

/** Counts up from zero, since the process started. */
export class Counter {
  readonly #series = new Map<string, Sample>()
  readonly name: string
  readonly help: string

  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }

  add(labels: Labels = {}, value = 1): void {
    const sample = entry(this.#series, labels, (kept): Sample => [kept, 0])
    sample[1] += value
  }

  render(): string {
    return renderMetric(this.name, 'counter', this.help, [...this.#series.values()])
  }
}

interface Distribution { labels: Labels, buckets: number[], sum: number, count: number }

/** How often a value fell below each of the bounds, since the process started. */
export class Histogram {
  readonly #series = new Map<string, Distribution>()
  readonly name: string
  readonly help: string
  readonly bounds: readonly number[]

  /** @param bounds upper bounds in ascending order; that of everything, +Inf, comes by itself */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.bounds = bounds
  }

  observe(value: number, labels: Labels = {}): void {
    const series = entry(this.#series, labels, (kept): Distribution => ({ labels: kept, buckets: this.bounds.map(() => 0), sum: 0, count: 0 }))
    series.sum += value
    series.count += 1
    this.bounds.forEach((bound, index) => {
      if (value <= bound) series.buckets[index]! += 1
    })
  }

  render(): string {
    const lines = [...this.#series.values()].flatMap(({ labels, buckets, sum, count }) => [
      ...this.bounds.map((bound, index) => line(`${this.name}_bucket`, [{ ...labels, le: String(bound) }, buckets[index]!])),
      line(`${this.name}_bucket`, [{ ...labels, le: '+Inf' }, count]),
      line(`${this.name}_sum`, [labels, sum]),
      line(`${this.name}_count`, [labels, count]),
    ])
    return header(this.name, 'histogram', this.help) + lines.join('')
  }
}

/** One metric in the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function renderMetric(name: string, type: 'gauge' | 'counter', help: string, samples: Sample[]): string {
  return header(name, type, help) + samples.map(sample => line(name, sample)).join('')
}

/** Samples of a count by the values of one label. */
export function byLabel(label: string, counts: Record<string, number>): Sample[] {
  return Object.entries(counts).map(([value, n]) => [{ [label]: value }, n])
}

function entry<T>(series: Map<string, T>, labels: Labels, create: (labels: Labels) => T): T {
  const key = Object.values(labels).join('\0')
  const found = series.get(key)
  if (found) return found
  if (series.size >= MAX_SERIES && !Object.values(labels).every(value => value === OVERFLOW)) {
    return entry(series, Object.fromEntries(Object.keys(labels).map(name => [name, OVERFLOW])), create)
  }
  const created = create(labels)
  series.set(key, created)
  return created
}

function header(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
}

function line(name: string, [labels, value]: Sample): string {
  const list = Object.entries(labels).map(([key, text]) => `${key}="${escapeValue(text)}"`)
  return `${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${value}\n`
}

function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
