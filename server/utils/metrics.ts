import { createHash, timingSafeEqual } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { version } from '../../package.json'
import type { BackupState } from '../backup/schedule.ts'
import { queueState, type QueueState } from '../db/health.ts'
import { countContent, databaseSize, type ContentCounts, type DatabaseSize } from '../db/metrics.ts'
import { renderInstruments, takeLoopDelay } from './instruments.ts'
import { processMemory } from './process-memory.ts'
import { byLabel, renderMetric } from './prometheus.ts'
import type { Services } from './services.ts'
import { openEventStreams } from './sse.ts'

/** What is read at the moment of asking; sizes in bytes. */
export interface MetricFacts {
  content: ContentCounts
  queue: QueueState & { oldestSeconds: number }
  database: DatabaseSize
  disk: { free: number, size: number }
  /** Resident memory by kind of process. */
  memory: Record<string, number>
  eventStreams: number
  activeRuns: number
  /** Null where the server does not save itself. */
  backup: BackupState | null
}

export async function collectFacts({ config, db, runs, backups }: Services, now = Date.now()): Promise<MetricFacts> {
  const queue = queueState(db, new Date(now).toISOString())
  const [disk, memory, backup] = await Promise.all([statfs(config.dataDir), processMemory(), backups?.state() ?? null])
  return {
    content: countContent(db),
    queue: { ...queue, oldestSeconds: queue.oldestDue ? Math.max(0, (now - Date.parse(queue.oldestDue)) / 1000) : 0 },
    database: databaseSize(db),
    disk: { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
    memory, eventStreams: openEventStreams(), activeRuns: runs.active, backup,
  }
}

/** Everything in the Prometheus text format 0.0.4. Counts and durations only; nothing names a document or a question. */
export function renderMetrics(facts: MetricFacts): string {
  return renderInstruments() + renderState(facts) + renderProcess()
}

function renderState({ content, queue, database, disk, memory, eventStreams, activeRuns, backup }: MetricFacts): string {
  return [
    gauge('ragtime_documents', 'Documents, by status.', content.documents, 'status'),
    gauge('ragtime_pages', 'Pages of all documents.', content.pages),
    gauge('ragtime_chunks', 'Chunks of all documents.', content.chunks),
    gauge('ragtime_files_bytes', 'Size of the original files.', content.fileBytes),
    gauge('ragtime_jobs', 'Ingestion jobs, by status.', content.jobs, 'status'),
    gauge('ragtime_jobs_due', 'Ingestion jobs that wait to be taken up.', queue.due),
    gauge('ragtime_jobs_running', 'Ingestion jobs that are worked on.', queue.running),
    gauge('ragtime_jobs_oldest_due_seconds', 'How long the oldest of the waiting jobs has been due.', queue.oldestSeconds),
    gauge('ragtime_runs', 'Answers that are stored, by status.', content.runs, 'status'),
    gauge('ragtime_runs_active', 'Answers that are being written or wait for their turn.', activeRuns),
    gauge('ragtime_sessions', 'Open sessions.', content.sessions),
    gauge('ragtime_event_streams', 'Event streams that somebody reads.', eventStreams),
    gauge('ragtime_database_bytes', 'Size of the database file.', database.file),
    gauge('ragtime_database_wal_bytes', 'Size of the write-ahead log.', database.wal),
    gauge('ragtime_database_free_bytes', 'Empty pages inside the database file.', database.free),
    gauge('ragtime_disk_free_bytes', 'Free space where the data lies.', disk.free),
    gauge('ragtime_disk_size_bytes', 'Size of the disk where the data lies.', disk.size),
    gauge('ragtime_process_memory_bytes', 'Resident memory, by kind of process.', memory, 'process'),
    gauge('ragtime_backup_scheduled', 'Whether the server makes backups itself.', backup ? 1 : 0),
    gauge('ragtime_backup_generations', 'Backups that are kept in the folder.', backup?.generations ?? 0),
    gauge('ragtime_backup_last_success_timestamp_seconds', 'When the newest backup was made; 0 without any.', (backup?.lastSuccessAt ?? 0) / 1000),
    gauge('ragtime_backup_last_size_bytes', 'Size of what the newest backup holds.', backup?.lastBytes ?? 0),
    gauge('ragtime_backup_last_duration_seconds', 'How long the newest backup took.', backup?.lastSeconds ?? 0),
  ].join('')
}

/** Names as the clients of Prometheus use them, so that ready-made dashboards fit. */
function renderProcess(): string {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  return [
    renderMetric('ragtime_info', 'gauge', 'Version of the program.', [[{ version }, 1]]),
    gauge('process_resident_memory_bytes', 'Resident memory of the server.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'Used JavaScript heap of the main thread.', memory.heapUsed),
    gauge('nodejs_heap_size_total_bytes', 'JavaScript heap of the main thread.', memory.heapTotal),
    gauge('nodejs_external_memory_bytes', 'Memory of native objects that JavaScript holds.', memory.external),
    renderMetric('process_cpu_seconds_total', 'counter', 'Processor time of the server, all threads.', [[{}, (cpu.user + cpu.system) / 1e6]]),
    gauge('process_start_time_seconds', 'When the server was started, since 1970.', Math.round(performance.timeOrigin) / 1000),
    gauge('process_uptime_seconds', 'Time since the start.', process.uptime()),
    gauge('nodejs_eventloop_delay_seconds', 'Delay of the event loop since it was last asked for.', takeLoopDelay(), 'quantile'),
  ].join('')
}

/** Whether the Authorization header carries the token. Compares hashes, so that neither content nor length shows. */
export function hasMetricsToken(authorization: string | undefined, token: string | null): boolean {
  if (!token || !authorization?.startsWith('Bearer ')) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization.slice('Bearer '.length)), digest(token))
}

function gauge(name: string, help: string, value: number): string
function gauge(name: string, help: string, values: Record<string, number>, label: string): string
function gauge(name: string, help: string, value: number | Record<string, number>, label = ''): string {
  return renderMetric(name, 'gauge', help, typeof value === 'number' ? [[{}, value]] : byLabel(label, value))
}
