import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { countContent, databaseSize } from '../../../../server/db/metrics.ts'
import { hasMetricsToken, renderMetrics, type MetricFacts } from '../../../../server/utils/metrics.ts'
import { processMemory } from '../../../../server/utils/process-memory.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { parsePrometheus, valueOf } from '../../support/prometheus.ts'

describe('renderMetrics', () => {
  const facts: MetricFacts = {
    content: { documents: { ready: 2, failed: 1 }, jobs: {}, runs: { done: 7 }, pages: 12, chunks: 340, fileBytes: 5_000, sessions: 1 },
    queue: { due: 1, oldestDue: '2026-01-01T00:00:00.000Z', running: 0, oldestSeconds: 12.5 },
    database: { file: 4096, wal: 0, free: 0 }, disk: { free: 10, size: 100 }, memory: { server: 1000, nginx: 10 },
    eventStreams: 3, activeRuns: 1,
    backup: { lastSuccessAt: 1_700_000_000_000, lastBytes: 9, lastSeconds: 0.5, generations: 2, running: false },
  }

  it('is what Prometheus reads', () => {
    const metrics = parsePrometheus(renderMetrics(facts))
    const value = (name: string, labels = {}) => valueOf(metrics, name, labels)
    expect(value('ragtime_documents', { status: 'ready' })).toBe(2)
    expect(value('ragtime_chunks')).toBe(340)
    expect(value('ragtime_jobs_oldest_due_seconds')).toBe(12.5)
    expect(value('ragtime_process_memory_bytes', { process: 'nginx' })).toBe(10)
    expect(value('ragtime_backup_last_success_timestamp_seconds')).toBe(1_700_000_000)
    expect(metrics.get('ragtime_info')!.samples[0]!.labels.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(value('process_start_time_seconds')).toBeGreaterThan(1_600_000_000)
  })

  it('measures the delay of the event loop since it was last asked', async () => {
    const worst = () => valueOf(parsePrometheus(renderMetrics(facts)), 'nodejs_eventloop_delay_seconds', { quantile: '1' })
    await new Promise(resolve => setTimeout(resolve, 50))
    const until = performance.now() + 200
    while (performance.now() < until); // Everybody else waits.
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(worst()).toBeGreaterThan(0.1)
    expect(worst()).toBe(0)
  })

  it('says 0 without a backup', () => {
    const metrics = parsePrometheus(renderMetrics({ ...facts, backup: null }))
    expect(valueOf(metrics, 'ragtime_backup_last_success_timestamp_seconds')).toBe(0)
    expect(valueOf(metrics, 'ragtime_backup_scheduled')).toBe(0)
  })
})

describe.runIf(process.platform === 'linux')('processMemory', () => {
  it('knows this process and its children, and leaves the rest of the machine alone', async () => {
    const before = (await processMemory()).child ?? 0
    const child = spawn('sleep', ['30'])
    try {
      const memory = await processMemory()
      expect(memory.server).toBeGreaterThan(10_000_000)
      expect(memory.child).toBeGreaterThan(before)
      expect(Object.keys(memory).sort()).toEqual(['child', 'server'])
    }
    finally {
      child.kill('SIGKILL')
    }
  })
})

describe('countContent', () => {
  it('counts rows by status', () => {
    const { db } = temporaryDatabase()
    const insert = db.prepare(`
      INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, status, chunk_count, created_at, updated_at)
      VALUES (?, ?, 't', 'f', 'text/plain', 1, ?, ?, '', '')
    `)
    insert.run('a', 'a', 'ready', 12)
    insert.run('b', 'b', 'ready', 30)
    insert.run('c', 'c', 'failed', 0)
    expect(countContent(db)).toEqual({ documents: { ready: 2, failed: 1 }, jobs: {}, runs: {}, pages: 0, chunks: 42, fileBytes: 3, sessions: 0 })
  })
})

describe('databaseSize', () => {
  it('measures the file, its log and what is empty inside', () => {
    const { db } = temporaryDatabase()
    const size = databaseSize(db)
    expect(size.file + size.wal).toBeGreaterThan(4_096)
    db.exec('CREATE TABLE bulk (text); INSERT INTO bulk SELECT hex(randomblob(2000)) FROM pragma_function_list LIMIT 50; DROP TABLE bulk')
    expect(databaseSize(db).free).toBeGreaterThan(100_000)
  })
})

describe('hasMetricsToken', () => {
  it.each([
    ['Bearer the right token', 'the right token', true],
    ['Bearer the wrong token', 'the right token', false],
    ['Bearer ', 'the right token', false],
    ['the right token', 'the right token', false],
    [undefined, 'the right token', false],
    ['Bearer null', null, false],
    ['Bearer ', '', false],
  ])('%s against %s', (authorization, token, expected) => {
    expect(hasMetricsToken(authorization, token)).toBe(expected)
  })
})
