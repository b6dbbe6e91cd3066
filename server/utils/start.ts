import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { version } from '../../package.json'
import { saveInThread } from '../backup/index.ts'
import { createBackupSchedule, type BackupSchedule } from '../backup/schedule.ts'
import type { FileLock } from '../db/file-lock.ts'
import { lockDataFolder } from '../db/folder-lock.ts'
import { openDatabase, rescueWhenFull } from '../db/connection.ts'
import { migrate, readMigrations } from '../db/migrate.ts'
import { createExtractor } from '../extract/index.ts'
import { createIngestQueue } from '../ingest/queue.ts'
import { startFullTextRefresh } from '../ingest/refresh-fulltext.ts'
import { importSamples } from '../ingest/samples.ts'
import { createRetriever } from '../retrieval/index.ts'
import { createRunManager } from '../answer/runs.ts'
import { createAnswerers } from '../answer/answerers.ts'
import { modelList } from '../answer/models.ts'
import { createChunkContexts, type ChunkContexts } from '../context/index.ts'
import type { DocumentEvent } from '../../shared/schemas/documents.ts'
import { DRAIN_MS } from './stop.ts'

/** Documents, the database and the socket are the owner's and nobody else's: nginx runs as the same user. */
const UMASK = 0o077

export interface Claim { config: Config, lock: FileLock }

/**
 * What has to be settled before the server listens: the settings, the data folder for this process alone, a free socket.
 * Synchronous, because Nitro listens as soon as its plugins have returned.
 *
 * @throws StartError when a setting is missing or wrong, or another process has the data folder
 */
export function claimInstance(): Claim {
  const config = readConfig(environment())
  hideInLogs(config.secrets)
  setLogLevel(config.logLevel)
  provideToNitro({ host: config.host, port: config.port, drainMs: DRAIN_MS })
  // A thread, as in development, cannot change it.
  if (isMainThread) process.umask(UMASK)
  mkdirSync(config.dataDir, { recursive: true })
  const lock = lockDataFolder(config.dataDir)
  if (config.unixSocket) removeStaleSocket(config.unixSocket)
  return { config, lock }
}

/**
 * Opens the data, starts the workers and takes up what a former process left: ingestion goes on where it was, answers
 * that were cut are marked as interrupted.
 *
 * @throws StartError when the database was written by a newer version
 */
export async function startServices({ config }: Pick<Claim, 'config'>): Promise<Services> {
  mkdirSync(config.filesDir, { recursive: true })

  const db = openDatabase(config.databasePath)
  const ran = migrate(db, readMigrations(shippedFolder('migrations')))
  if (ran.length > 0) log('info', 'Migrated the database', { migrations: ran })

  const started = Promise.withResolvers<void>()
  const embedders = await EmbedderSlot.open({
    db, settings: config.embedder, places: { shippedDir: shippedFolder('model'), modelsDir: config.modelsDir, entry: entryPath('embed') },
    log: (level, message, { error, ...fields } = {}) => log(level, message, { ...fields, ...error === undefined ? {} : { error: describeError(error) } }),
    exchange: async (change) => {
      await started.promise
      await ingest.between(() => {
        change()
        embedStale()
      })
    },
  })
  const reranker = new RerankerSlot({
    choice: config.reranker.choice, url: config.reranker.url, modelsDir: join(config.modelsDir, 'rerank'), entry: entryPath('rerank'),
    log: (level, message, { error, ...fields } = {}) => log(level, message, { ...fields, ...error === undefined ? {} : { error: describeError(error) } }),
  })
  const retriever = observedRetriever(await createRetriever({
    databasePath: config.databasePath, entry: entryPath('search'), former: () => embedders.former,
    cross: () => reranker.encoder, settings: { crossMs: config.reranker.budgetMs },
    get embedder() {
      return embedders.embedder
    },
  }))
  const extractor = createExtractor({
    entry: entryPath('extract'), hiddenText: config.hiddenText, ocr: textRecognition(config),
    onWall: wall => log('info', wall ? 'Documents are read where the kernel refuses a network' : 'The kernel keeps no network from the readers of documents here; their other limits hold', { wall: wall?.name ?? null }),
  })
  const documentEvents = new EventHub<DocumentEvent>()
  const disk = createDiskGuard({
    folder: config.dataDir,
    onChange: (hasRoom) => {
      if (hasRoom) log('info', 'There is space on the disk again: documents are taken and read')
      else log('error', 'The disk is full: documents wait, questions are answered from the reserve')
      if (!hasRoom) return
      ingest.kick()
      runs.interruptLost()
    },
  })
  rescueWhenFull(db, () => disk.reportFull())
  const ingest = createIngestQueue({
    db, filesDir: config.filesDir, extractor, events: documentEvents, hasRoom: () => disk.hasRoom,
    get embedder() {
      return embedders.embedder
    },
    log: ({ level, message, error, ...fields }) => log(level, message, { ...fields, ...error === undefined ? {} : { error: describeError(error) } }),
    onSwap: () => {
      log('info', 'All documents have their new embeddings: searches use them from now on')
      embedders.dismissFormer()
    },
    onAttempt: (report) => {
      observeAttempt(report)
      log('info', 'job', { ...report })
      contexts?.kick()
    },
  })
  const models = modelList({ hasKey: config.anthropic.apiKey !== null, configured: config.model })
  const runs = createRunManager({
    db, retriever, models,
    answererFor: createAnswerers({
      anthropic: config.anthropic,
      get embedder() {
        return embedders.embedder
      },
    }),
    onError: (error, run) => log('error', 'An answer failed', { runId: run.id, error: describeError(error) }),
    onEnd: (report) => {
      observeRun(report)
      log('info', 'run', { ...report })
    },
    onUsage: observeUsage,
  })

  await disk.look()
  const fullText = startFullTextRefresh(db, () => disk.hasRoom)
  fullText.done.then(
    chunks => chunks > 0 && log('info', 'The full text of documents from an earlier version was brought up to date', { chunks }),
    error => log('error', 'The full text of documents from an earlier version was not brought up to date; the next start goes on', { error: describeError(error) }),
  )

  const contexts = createContexts()
  const services: Services = {
    config, db, filesDir: config.filesDir, embedders, reranker, extractor, retriever, ingest, fullText, runs, contexts, documentEvents, disk, backups: createBackups(config),
  }
  runs.interruptLost()
  ingest.releaseAtBoot()
  if (embedders.embedder) embedStale()
  if (config.samples) await importSamples(services, shippedFolder('samples'))
  ingest.kick()
  provideServices(services)
  started.resolve()
  return services

  function createContexts(): ChunkContexts | null {
    const { apiKey, baseUrl } = config.anthropic
    if (!config.chunkContext || apiKey === null) return null
    return createChunkContexts({
      db, connection: { apiKey, baseUrl }, limits: config.chunkContext, hasRoom: () => disk.hasRoom, onUsage: observeUsage,
      get embedder() {
        return embedders.embedder
      },
      log: (level, message, { error, ...fields } = {}) => log(level, message, { ...fields, ...error === undefined ? {} : { error: describeError(error) } }),
    })
  }

  function embedStale(): void {
    const documents = ingest.embedStale()
    if (documents > 0) log('info', embedders.former ? 'Documents get new embeddings; searches use the old ones meanwhile' : 'Documents get new embeddings; searches find them by their words meanwhile', { documents })
  }
}

/**
 * In development and in an image that is only tried out a password need not be set: one is made and kept with the data, as
 * `script/start` does. A log is no place for it, so there a program shows it.
 */
function environment(): Environment {
  const given = takeEnvironment(encryptedFile())
  for (const name of unknownSettings(given)) log('warn', `${name} is not a setting: is it mistyped?`)
  const own = makesOwnCredentials(given)
  if (!import.meta.dev && !own) return given
  const local = localCredentials(given.RAGTIME_DATA_DIR || '.data', given)
  if (own) log('warn', 'No password is set: one was made and lies in the data folder. `script/credentials local` shows it')
  else if (!local.given) console.log(`Sign in with the password ${local.password}`)
  return { ...given, RAGTIME_PASSWORD: local.password, RAGTIME_SESSION_SECRET: local.sessionSecret }
}

function createBackups({ backup, databasePath, filesDir }: Config): BackupSchedule | null {
  if (!backup.scheduled) return null
  return createBackupSchedule({
    target: backup, hour: backup.hour, databasePath, filesDir, version, save: saveInThread(entryPath('backup')),
    onEnd: (end) => {
      observeBackup(end)
      logBackup(end)
    },
  })
}
