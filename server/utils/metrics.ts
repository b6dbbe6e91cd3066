import { createHash, timingSafeEqual } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { version } from '../../package.json'
import type { ContentCounts } from '../db/metrics.ts'
import { DURATION_BUCKETS, type HttpMetrics } from './http-metrics.ts'

type Sample = [labels: Record<string, string | number>, value: number]

/** Nanoseconds; measured from the first import on. */
const loopDelay = monitorEventLoopDelay({ resolution: 20 })
loopDelay.enable()

/** Everything in the Prometheus text format 0.0.4. Counts and durations only; nothing names a document or a question. */
export function renderMetrics(counts: ContentCounts, http: Readonly<HttpMetrics>): string {
  const delay = (percentile: number) => loopDelay.count > 0 ? loopDelay.percentile(percentile) / 1e9 : 0
  return [
    metric('ragtime_info', 'gauge', 'Version of the program.', [[{ version }, 1]]),
    metric('ragtime_documents', 'gauge', 'Documents by status.', byLabel('status', counts.documents)),
    metric('ragtime_chunks', 'gauge', 'Chunks of all documents.', [[{}, counts.chunks]]),
    metric('ragtime_jobs', 'gauge', 'Ingestion jobs by status.', byLabel('status', counts.jobs)),
    metric('ragtime_runs', 'gauge', 'Answer runs by status.', byLabel('status', counts.runs)),
    metric('ragtime_sessions', 'gauge', 'Open sessions.', [[{}, counts.sessions]]),
    metric('ragtime_http_requests_total', 'counter', 'Answered requests by status class.', byLabel('status', http.requests)),
    histogram('ragtime_http_request_duration_seconds', 'Time to the end of the answer, event streams left out.', http),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [[{}, process.memoryUsage.rss()]]),
    metric('process_uptime_seconds', 'gauge', 'Time since the start.', [[{}, process.uptime()]]),
    metric('nodejs_eventloop_delay_seconds', 'gauge', 'Delay of the event loop since the start.', [
      [{ quantile: 0.5 }, delay(50)], [{ quantile: 0.99 }, delay(99)], [{ quantile: 1 }, delay(100)],
    ]),
  ].join('')
}

/** Whether the Authorization header carries the token. Compares hashes, so that neither content nor length shows. */
export function hasMetricsToken(authorization: string | undefined, token: string | null): boolean {
  if (!token || !authorization?.startsWith('Bearer ')) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization.slice('Bearer '.length)), digest(token))
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: Sample[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(sample => line(name, sample)).join('')}`
}

function histogram(name: string, help: string, { buckets, seconds, timed }: Readonly<HttpMetrics>): string {
  const samples = [...DURATION_BUCKETS.map((bound, i): Sample => [{ le: bound }, buckets[i]!]), [{ le: '+Inf' }, timed] satisfies Sample]
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`
    + samples.map(sample => line(`${name}_bucket`, sample as Sample)).join('')
    + line(`${name}_sum`, [{}, seconds]) + line(`${name}_count`, [{}, timed])
}

function byLabel(label: string, counts: Record<string, number>): Sample[] {
  return Object.entries(counts).map(([value, n]) => [{ [label]: value }, n])
}

function line(name: string, [labels, value]: Sample): string {
  const list = Object.entries(labels).map(([key, text]) => `${key}="${String(text).replace(/[\\"\n]/g, '_')}"`)
  return `${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${value}\n`
}
