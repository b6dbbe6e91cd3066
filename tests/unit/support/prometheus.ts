export interface ParsedMetric { type: string, help: string, samples: { name: string, labels: Record<string, string>, value: number }[] }

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y

/**
 * Reads the Prometheus text format 0.0.4 as strictly as `promtool check metrics` does, and throws on what it would
 * refuse: HELP and TYPE once and before the samples, nothing twice, counters that end in `_total`, base units, and
 * histograms whose buckets ascend and agree with their count.
 */
export function parsePrometheus(text: string): Map<string, ParsedMetric> {
  if (!text.endsWith('\n')) throw new Error('The text does not end with a line feed')
  const metrics = new Map<string, ParsedMetric>()
  const seen = new Set<string>()
  let current: { name: string, metric: ParsedMetric } | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (problem: string): never => {
      throw new Error(`${problem}: ${line}`)
    }
    const help = /^# HELP (\S+) (.+)$/.exec(line)
    if (help) {
      if (metrics.has(help[1]!)) fail('Metric twice')
      current = { name: help[1]!, metric: { type: '', help: help[2]!, samples: [] } }
      metrics.set(current.name, current.metric)
      continue
    }
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (type) {
      if (current?.name !== type[1] || current!.metric.type !== '' || current!.metric.samples.length > 0) fail('TYPE without its HELP')
      current!.metric.type = type[2]!
      continue
    }
    const sample = SAMPLE.exec(line) ?? fail('Neither comment nor sample')
    const [, name, list = '', value] = sample
    const metric = current!.metric
    const suffixes = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!current || !suffixes.some(suffix => name === current!.name + suffix)) fail('Sample outside of its metric')
    const labels = parseLabels(list) ?? fail('Bad labels')
    const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`
    if (seen.has(key)) fail('Sample twice')
    seen.add(key)
    metric.samples.push({ name: name!, labels, value: Number(value!.replace('Inf', 'Infinity')) })
  }
  for (const [name, metric] of metrics) checkMetric(name, metric)
  return metrics
}

/** The value of one sample; undefined when there is none. */
export function valueOf(metrics: Map<string, ParsedMetric>, name: string, labels: Record<string, string> = {}): number | undefined {
  const metric = metrics.get(name) ?? metrics.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  return metric?.samples.find(sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value
}

function parseLabels(list: string): Record<string, string> | null {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  let at = 0
  for (let match = LABEL.exec(list); match; match = LABEL.exec(list)) {
    if (match[1]! in labels) return null
    labels[match[1]!] = match[2]!
    at = LABEL.lastIndex
  }
  return at === list.length ? labels : null
}

function checkMetric(name: string, { type, samples }: ParsedMetric): void {
  if (type === '') throw new Error(`${name} has no TYPE`)
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
  if (/_(?:ms|milliseconds|minutes|hours|kb|mb|percent)(?:_|$)/.test(name)) throw new Error(`${name} is not in a base unit`)
  for (const { labels, value } of samples) {
    if (Number.isNaN(value) || (type === 'counter' && value < 0)) throw new Error(`${name} is ${value}`)
    if (type !== 'histogram' && 'le' in labels) throw new Error(`${name} has the label le`)
  }
  if (type !== 'histogram') return
  const series = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest))
  for (const [labels, own] of series) {
    const buckets = own.filter(sample => sample.name === `${name}_bucket`).map(({ labels: { le }, value }) => [Number(le!.replace('Inf', 'Infinity')), value] as const)
    const ascending = buckets.every(([bound, count], index) => index === 0 || (bound > buckets[index - 1]![0] && count >= buckets[index - 1]![1]))
    const count = own.find(sample => sample.name === `${name}_count`)?.value
    if (!ascending || buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)?.[1] !== count || !own.some(sample => sample.name === `${name}_sum`)) {
      throw new Error(`${name}${labels} is no histogram`)
    }
  }
}
