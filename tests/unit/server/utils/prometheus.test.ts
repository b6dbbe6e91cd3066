import { describe, expect, it } from 'vitest'
import { Counter, Histogram, renderMetric } from '../../../../server/utils/prometheus.ts'
import { parsePrometheus, valueOf } from '../../support/prometheus.ts'

describe('Counter', () => {
  it('adds up by label', () => {
    const counter = new Counter('things_total', 'Things.')
    counter.add({ kind: 'a' })
    counter.add({ kind: 'a' }, 2.5)
    counter.add({ kind: 'b' })
    const metrics = parsePrometheus(counter.render())
    expect([valueOf(metrics, 'things_total', { kind: 'a' }), valueOf(metrics, 'things_total', { kind: 'b' })]).toEqual([3.5, 1])
  })

  it('counts what would be too many label sets together', () => {
    const counter = new Counter('things_total', 'Things.')
    for (let i = 0; i < 5_000; i++) counter.add({ kind: `made up ${i}` })
    const { samples } = parsePrometheus(counter.render()).get('things_total')!
    expect(samples.length).toBeLessThan(250)
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(5_000)
  })

  it('survives any text in a label or a help', () => {
    const counter = new Counter('things_total', 'A \\ and\nanother line.')
    counter.add({ kind: 'quote " backslash \\ line\nfeed' })
    expect(parsePrometheus(counter.render()).get('things_total')!.samples[0]!.labels.kind).toBe('quote \\" backslash \\\\ line\\nfeed')
  })
})

describe('Histogram', () => {
  it('has cumulative buckets, a sum and a count for each label set', () => {
    const histogram = new Histogram('wait_seconds', 'Waiting.', [0.01, 0.1, 1])
    for (const seconds of [0.005, 0.01, 0.5, 30]) histogram.observe(seconds, { step: 'a' })
    histogram.observe(0.2, { step: 'b' })
    const metrics = parsePrometheus(histogram.render())
    const bucket = (le: string) => valueOf(metrics, 'wait_seconds_bucket', { step: 'a', le })
    expect(['0.01', '0.1', '1', '+Inf'].map(bucket)).toEqual([2, 2, 3, 4])
    expect(valueOf(metrics, 'wait_seconds_sum', { step: 'a' })).toBeCloseTo(30.515)
    expect(valueOf(metrics, 'wait_seconds_count', { step: 'b' })).toBe(1)
  })
})

describe('the strict parser', () => {
  const good = renderMetric('a_bytes', 'gauge', 'A.', [[{ x: '1' }, 2]])
  it.each([
    ['a metric twice', good + good],
    ['a sample twice', `${good}a_bytes{x="1"} 3\n`],
    ['a counter without _total', renderMetric('a', 'counter', 'A.', [[{}, 1]])],
    ['a gauge with _total', renderMetric('a_total', 'gauge', 'A.', [[{}, 1]])],
    ['milliseconds', renderMetric('a_ms', 'gauge', 'A.', [[{}, 1]])],
    ['an undefined value', good.replace(' 2', ' undefined')],
    ['a sample of another metric', `${good}b 1\n`],
    ['labels that do not end', good.replace('"}', '}')],
    ['buckets that fall', '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'],
    ['a missing last line feed', good.trimEnd()],
  ])('refuses %s', (_, text) => {
    expect(() => parsePrometheus(good)).not.toThrow()
    expect(() => parsePrometheus(text)).toThrow()
  })
})
