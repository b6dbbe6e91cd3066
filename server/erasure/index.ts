import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { ErasureOptions, ErasureReceipt, ErasureScan } from '../../shared/schemas/erasure.ts'
import { write, type Db } from '../db/connection.ts'
import { findDocument, findDocumentByHash, findDocumentRecord, type DocumentRecord } from '../db/documents.ts'
import {
  answersQuoting, countDocumentRows, deleteRunEvents, isHeldElsewhere, markSourceDeleted, rewriteAnswer, runsReading, spreadChunks,
} from '../db/erasure.ts'
import { markPassagesDeleted } from '../db/feedback.ts'
import { checkpoint, shrink } from '../db/upkeep.ts'
import { incomingDir } from '../ingest/files.ts'
import { documentNotFound, type IngestQueue } from '../ingest/queue.ts'
import { redactAnswer } from './redact.ts'
import { MAX_SAMPLE_CHARS, scanForSamples } from './scan.ts'

/** Sentences that are looked for after the deletion. */
const SAMPLES = 20
/** A shorter sentence may stand anywhere. */
const MIN_SAMPLE_BYTES = 24
/** A search that reads keeps the log from being emptied; searches take some milliseconds. */
const CHECKPOINT_TRIES = 20
const CHECKPOINT_PAUSE_MS = 25
/** Some 100 MB on an idle machine: more than one document leaves, and no deletion is held up for longer. */
const GIVE_BACK_MS = 250

export interface ErasureContext {
  db: Db
  databasePath: string
  filesDir: string
  ingest: Pick<IngestQueue, 'remove'>
  /** Ends an answer that is being written; what it has quoted so far is dealt with like any other answer. */
  stopRun: (runId: string) => Promise<unknown>
  /** How many backups there are. */
  countBackups: () => Promise<number>
}

/**
 * Deletes a document and everything that was made of it, and proves it.
 *
 * One transaction takes the document from everybody's sight, with its quotes in answers; from then on no search, no
 * answer and no page shows it. Its rows are overwritten right after, in transactions of some 20 ms each so that nobody
 * waits, and a crash in between is made good at the next start. Then the log is emptied, and the bytes of the database, the
 * log and the stored files are searched for sentences of the document.
 *
 * @throws AppError 404 `document_not_found`
 */
export async function eraseDocument(context: ErasureContext, documentId: string, { answers }: ErasureOptions): Promise<ErasureReceipt> {
  const { db, databasePath, filesDir } = context
  const started = performance.now()
  const shown = findDocument(db, documentId)
  const record = findDocumentRecord(db, documentId)
  if (!shown || !record) throw documentNotFound()
  const samples = sampleSentences(db, record)
  const rows = countDocumentRows(db, record.key)
  const file = join(filesDir, record.contentHash)
  const hadFile = existsSync(file)

  await stopRunsReading(context, documentId)
  let left = { answers: 0, citations: 0, quotes: 0, runEvents: 0 }
  await context.ingest.remove(documentId, () => {
    left = eraseFromAnswers(db, documentId, answers)
  })
  // A search that had begun before may have found the document once more.
  await stopRunsReading(context, documentId)
  const late = write(db, () => eraseFromAnswers(db, documentId, answers))

  const isFileGone = hadFile && !existsSync(file)

  await giveBackSpace(db)
  const scan = await scanFor(db, { databasePath, filesDir, samples })
  return {
    documentId, title: shown.title, filename: shown.filename, deletedAt: new Date().toISOString(), answers,
    removed: {
      ...rows, files: isFileGone ? 1 : 0, bytes: isFileGone ? record.bytes : 0,
      quotes: left.quotes + late.quotes, runEvents: left.runEvents + late.runEvents,
    },
    marked: { answers: left.answers + late.answers, citations: left.citations + late.citations },
    scan, backups: await context.countBackups(),
    ms: Math.round(performance.now() - started),
  }
}

/** Sentences spread over the document, as long as they can be told from anybody else's and are the same in every place where they are stored. */
function sampleSentences(db: Db, { key }: DocumentRecord): string[] {
  return spreadChunks(db, key, SAMPLES).flatMap(({ text, sentences }) => {
    const plain = sentences
      // Stored events are JSON, which writes these characters in another way.
      .map(([start, end]) => longestPart(text.slice(start, end)))
      .filter(sentence => Buffer.byteLength(sentence) >= MIN_SAMPLE_BYTES)
    return plain.toSorted((a, b) => b.length - a.length).slice(0, 1)
  })
}

function longestPart(sentence: string): string {
  const parts = sentence.split(/["\\\p{Cc}]/u)
  return parts.toSorted((a, b) => b.length - a.length)[0]!.slice(0, MAX_SAMPLE_CHARS).toWellFormed()
}

async function stopRunsReading({ db, stopRun }: ErasureContext, documentId: string): Promise<void> {
  await Promise.all(runsReading(db, documentId).filter(({ finished }) => !finished).map(({ id }) => stopRun(id)))
}

/** Call it in a transaction. */
function eraseFromAnswers(db: Db, documentId: string, mode: ErasureOptions['answers']): Pick<ErasureReceipt['marked'], 'answers' | 'citations'> & { quotes: number, runEvents: number } {
  let runEvents = 0
  // Passages that an answer read are of use while its sources are.
  for (const { id, finished } of runsReading(db, documentId)) if (finished) runEvents += deleteRunEvents(db, id)
  const quoting = answersQuoting(db, documentId)
  if (mode === 'erase') for (const answer of quoting) rewriteAnswer(db, redactAnswer(answer, documentId))
  const citations = markSourceDeleted(db, documentId, { erase: mode === 'erase' })
  const wanted = markPassagesDeleted(db, documentId, { erase: mode === 'erase' })
  return { answers: quoting.length, citations, quotes: mode === 'erase' ? citations + wanted : 0, runEvents }
}

async function scanFor(db: Db, { samples, ...paths }: { databasePath: string, filesDir: string, samples: string[] }): Promise<ErasureScan> {
  // Until it is emptied the log holds pages as they were.
  for (let tries = 1; !checkpoint(db) && tries < CHECKPOINT_TRIES; tries++) await pause(CHECKPOINT_PAUSE_MS)
  const { found, places, complete } = await scanForSamples({ ...paths, incomingDir: incomingDir(paths.filesDir), samples })
  const unexplained = [...found].filter(([index, { place, path }]) =>
    // An original that is still stored belongs to a document that is still there: its file goes first of all.
    !(place === 'files' && findDocumentByHash(db, basename(path))) && !isHeldElsewhere(db, samples[index]!))
  return {
    sampled: samples.length, found: unexplained.length, heldElsewhere: found.size - unexplained.length,
    places, complete, clean: complete && unexplained.length === 0,
  }
}

/** Gives what the deletion has left empty back to the disk, for a moment; upkeep does the rest of a large one. */
async function giveBackSpace(db: Db): Promise<void> {
  const end = performance.now() + GIVE_BACK_MS
  while (performance.now() < end && shrink(db) > 0) await nextTurn()
}
