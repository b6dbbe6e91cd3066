import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../utils/app-error.ts'
import { describeFetchError, readBounded } from '../utils/http-client.ts'
import { describeModel, EMBEDDING_MODEL, hashFile, MODEL_FILES, MODEL_SETTINGS, unusable, WEIGHTS_ENDINGS, type ModelKind } from './model-folder.ts'
import { MODEL_MANIFEST, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from './model.ts'
import { CallError, retrying, statusError, type RetryLimits } from './retry.ts'

export const HUB_URL = 'https://huggingface.co'

export interface HubLimits {
  /** Of all files of a model together: nomic-embed-text-v1.5 in floating point has 550 MB. */
  totalBytes: number
  retry: RetryLimits
  /** Until an answer begins. */
  requestMs: number
  /** Without a byte, after which a download is broken off and gone on with. */
  stallMs: number
  /** For the whole model. */
  totalMs: number
}
const LIMITS: HubLimits = {
  totalBytes: 1024 * 1024 * 1024,
  retry: { attempts: 6, backoffMs: 1_000, maxWaitMs: 60_000 },
  requestMs: 30_000,
  stallMs: 30_000,
  totalMs: 60 * 60_000,
}
const MAX_LISTING_BYTES = 4 * 1024 * 1024
/** Of a file whose size the hub does not tell. */
const MAX_UNKNOWN_BYTES = 64 * 1024 * 1024
const INCOMING = '.incoming'

const listingSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.object({
    rfilename: z.string(), size: z.int().nonnegative().nullish(), lfs: z.object({ sha256: z.string().length(64), size: z.int().nonnegative() }).partial().nullish(),
  })),
  cardData: z.object({ license: z.unknown() }).partial().nullish(),
})
interface HubFile { name: string, bytes: number | null, sha256: string | null }

/** The folder of a model that was fetched before, whole; null where there is none. */
export function installedModel(modelsDir: string, id: string): string | null {
  const dir = join(modelsDir, folderOf(id))
  return existsSync(join(dir, MODEL_MANIFEST)) ? dir : null
}

/** The folders of all models that were fetched, whole. */
export function installedModels(modelsDir: string): string[] {
  if (!existsSync(modelsDir)) return []
  return readdirSync(modelsDir).map(name => join(modelsDir, name)).filter(dir => existsSync(join(dir, MODEL_MANIFEST)))
}

/**
 * Fetches a model from a hub (https://huggingface.co/docs/hub/api): the files of one commit, each checked against its
 * size and, where the hub tells it, its checksum. They come into a folder beside, which gets its name when it is whole, with a
 * manifest of all checksums. What a killed process has fetched of the same commit is gone on with.
 *
 * @param options.hub address of the hub
 * @param options.kind what it is fetched for, an embedding model unless it is said
 * @param options.describe reads the folder and refuses a model of another kind; what it gives becomes the manifest
 * @param options.onProgress bytes that are there, and all where the hub tells
 * @returns the model's folder
 * @throws AppError `embedder_unusable` (or `reranker_…`) when trying again cannot help, `embedder_unavailable` when it may, or the signal's reason
 */
export async function installModel(options: {
  hub: string, id: string, modelsDir: string, signal: AbortSignal, onProgress?: (done: number, total: number) => void, limits?: Partial<HubLimits>
  kind?: ModelKind, describe?: (dir: string, name: string) => Promise<object>
}): Promise<string> {
  const { id, modelsDir, onProgress = () => {}, kind = EMBEDDING_MODEL, describe = describeModel } = options
  const limits = { ...LIMITS, ...options.limits }
  const hub = options.hub.replace(/\/+$/, '')
  const overall = AbortSignal.timeout(limits.totalMs)
  const signal = AbortSignal.any([options.signal, overall])
  try {
    const listing = await retrying(() => readListing(`${hub}/api/models/${id}?blobs=true`, limits, signal), limits.retry, signal)
    const files = chooseFiles(id, listing.siblings, kind)
    const total = files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
    if (total > limits.totalBytes) throw unusable(id, `it has ${mb(total)} MB, and ${mb(limits.totalBytes)} are allowed`, undefined, kind)

    const incoming = join(modelsDir, INCOMING)
    const dir = join(incoming, `${folderOf(id)}@${listing.sha}`)
    mkdirSync(dir, { recursive: true })
    for (const other of readdirSync(incoming)) if (join(incoming, other) !== dir) rmSync(join(incoming, other), { recursive: true, force: true })
    let done = 0
    for (const file of files) {
      const path = join(dir, file.name)
      mkdirSync(dirname(path), { recursive: true })
      const address = `${hub}/${id}/resolve/${listing.sha}/${file.name.split('/').map(encodeURIComponent).join('/')}`
      const before = done
      await retrying(() => fetchFile(address, path, file, limits, signal, bytes => onProgress(before + bytes, total)), limits.retry, signal)
      done += statSync(path).size
    }
    const manifest = await describe(dir, nameOf(id))
    const licence = listing.cardData?.license
    const source = { package: id, version: listing.sha, licence: typeof licence === 'string' ? licence : '' }
    writeFileSync(join(dir, MODEL_MANIFEST), `${JSON.stringify({ ...manifest, source }, null, 2)}\n`)
    const final = join(modelsDir, folderOf(id))
    // Only one without a manifest can be there: half of a copy that somebody made by hand.
    rmSync(final, { recursive: true, force: true })
    renameSync(dir, final)
    return final
  }
  catch (error) {
    options.signal.throwIfAborted()
    throw describeFailure(id, overall.aborted ? new CallError(`It took longer than ${limits.totalMs / 60_000} minutes`, { transient: true }) : error, kind)
  }
}

async function readListing(address: string, limits: HubLimits, signal: AbortSignal): Promise<z.infer<typeof listingSchema>> {
  const body = await request(address, {}, limits, signal, async (response) => {
    if (!response.ok) throw statusError('The hub', response)
    return readBounded(response, MAX_LISTING_BYTES)
  })
  try {
    return listingSchema.parse(JSON.parse(body.toString('utf8')))
  }
  catch (cause) {
    throw new CallError('The hub answers with something else than a list of files', { transient: false, cause })
  }
}

/** One ONNX file with its weights, the tokenizer, and what says how the model is used. */
function chooseFiles(id: string, siblings: z.infer<typeof listingSchema>['siblings'], kind: ModelKind): HubFile[] {
  const there = new Map(siblings.map(({ rfilename, size, lfs }) => [rfilename, { name: rfilename, bytes: lfs?.size ?? size ?? null, sha256: lfs?.sha256 ?? null }]))
  const model = MODEL_FILES.find(file => there.has(file))
  if (!model) throw unusable(id, `it comes without an ONNX file (${MODEL_FILES.join(', ')}); look for a conversion of it, such as Xenova/${nameOf(id)}`, undefined, kind)
  for (const file of [TOKENIZER_FILE, TOKENIZER_CONFIG_FILE]) if (!there.has(file)) throw unusable(id, `it comes without ${file}`, undefined, kind)
  const wanted = [...MODEL_SETTINGS, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, ...WEIGHTS_ENDINGS.map(ending => model + ending), model]
  return wanted.flatMap(file => there.get(file) ?? [])
}

/** Fetches what is still missing of one file and checks the whole; one that is wrong is removed, so that the next try is clean. */
async function fetchFile(address: string, path: string, file: HubFile, limits: HubLimits, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<void> {
  const have = existsSync(path) ? statSync(path).size : 0
  if (have === 0 || file.bytes === null || have < file.bytes) await receive(address, path, have, file, limits, signal, onBytes)
  const bytes = statSync(path).size
  const wrong = file.bytes !== null && bytes !== file.bytes
    ? `has ${bytes} bytes, not ${file.bytes}`
    : file.sha256 !== null && await hashFile(path) !== file.sha256 ? 'has another checksum than the hub names' : null
  if (!wrong) return
  rmSync(path)
  throw new CallError(`${file.name} ${wrong}`, { transient: true })
}

async function receive(address: string, path: string, have: number, file: HubFile, limits: HubLimits, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<void> {
  const resumes = have > 0 && file.bytes !== null
  const largest = file.bytes ?? MAX_UNKNOWN_BYTES
  await request(address, resumes ? { range: `bytes=${have}-` } : {}, limits, signal, async (response, alive) => {
    const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true
    if (!response.ok || (response.status === 206 && !goesOn)) {
      rmSync(path, { force: true })
      throw response.status === 206 || response.status === 416 ? new CallError('The hub does not go on where it was asked to', { transient: true }) : statusError('The hub', response)
    }
    const target = await open(path, goesOn ? 'a' : 'w', 0o600)
    try {
      let length = goesOn ? have : 0
      for await (const part of response.body ?? []) {
        alive()
        length += part.length
        if (length > largest) throw new CallError(`${file.name} is longer than the hub said`, { transient: false })
        await target.writeFile(part)
        onBytes(length)
      }
      await target.sync()
    }
    finally {
      await target.close()
    }
  })
}

/** One request, its answer read by `read`, which calls `alive` with each sign of life. */
async function request<T>(address: string, headers: Record<string, string>, limits: HubLimits, signal: AbortSignal, read: (response: Response, alive: () => void) => Promise<T>): Promise<T> {
  const stalled = new AbortController()
  const stall = () => stalled.abort(new Error('The hub fell silent'))
  let timer = setTimeout(stall, limits.requestMs)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(stall, limits.stallMs)
  }
  try {
    const response = await fetch(address, { headers, signal: AbortSignal.any([signal, stalled.signal]) })
    alive()
    return await read(response, alive)
  }
  catch (error) {
    signal.throwIfAborted()
    if (error instanceof CallError || error instanceof AppError || isOwnDisk(error)) throw error
    throw new CallError(`The hub did not answer: ${describeFetchError(error)}`, { transient: true, cause: error })
  }
  finally {
    clearTimeout(timer)
    // A body that was not read to its end would hold its connection.
    stalled.abort()
  }
}

function isOwnDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

function describeFailure(id: string, error: unknown, kind: ModelKind): AppError {
  if (error instanceof AppError) return error
  if (error instanceof CallError && !error.transient) {
    if (error.status === 401 || error.status === 403 || error.status === 404) return unusable(id, 'the hub has no such model, or does not show it to everybody', error, kind)
    return unusable(id, error.status === null ? error.message.replace(/^The hub/, 'the hub') : `the hub answers ${error.status}`, error, kind)
  }
  return new AppError(`${kind.code}_unavailable`, 503, `The ${kind.noun} ${id} could not be fetched from the hub. It is tried again by itself, and goes on where it was.`, { cause: error })
}

/** No two ids have the same, since a name holds no `--` of its own at the place of the slash. */
function folderOf(id: string): string {
  return id.replace('/', '--')
}

function nameOf(id: string): string {
  return id.slice(id.indexOf('/') + 1)
}

function mb(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024)
}
