/** Upper bounds in seconds; the last bucket, +Inf, is the count. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface HttpMetrics {
  /** Answered requests by status class, `2xx` and so on. */
  requests: Record<string, number>
  /** Cumulative, one for each of DURATION_BUCKETS. */
  buckets: number[]
  seconds: number
  /** Requests with a duration: event streams have none that says anything. */
  timed: number
}

const metrics: HttpMetrics = { requests: {}, buckets: DURATION_BUCKETS.map(() => 0), seconds: 0, timed: 0 }

export function recordRequest({ status, seconds }: { status: number, seconds: number | null }): void {
  const statusClass = `${Math.floor(status / 100)}xx`
  metrics.requests[statusClass] = (metrics.requests[statusClass] ?? 0) + 1
  if (seconds === null) return
  metrics.timed += 1
  metrics.seconds += seconds
  DURATION_BUCKETS.forEach((bound, i) => {
    if (seconds <= bound) metrics.buckets[i]! += 1
  })
}

/** Since the process started. */
export function httpMetrics(): Readonly<HttpMetrics> {
  return metrics
}

export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/event-stream')
}
