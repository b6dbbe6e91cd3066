import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BackupError, type Manifest } from './types.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const size = z.int().min(0)

/** As `manifest.json`: the manifest with a checksum over itself. A file from a bucket is not trusted: ids become paths. */
const manifestSchema = z.object({
  format: z.literal(1, { error: 'was written by another version of the product' }),
  id: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/),
  createdAt: z.iso.datetime(),
  version: z.string(),
  schema: size,
  database: z.object({ bytes: size, sha256 }),
  files: z.array(z.object({ sha256, bytes: size })),
  missing: z.array(sha256),
  documents: size,
  chats: size,
  messages: size,
  seconds: z.number().min(0),
  checksum: sha256,
})

/** The name of a generation that is made now. */
export function generationId(now: Date): string {
  return now.toISOString().replaceAll(/[:.]/g, '-')
}

export function isGenerationId(name: string): boolean {
  return manifestSchema.shape.id.safeParse(name).success
}

export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksum(manifest) }, null, 2)}\n`
}

/** @throws BackupError when it is damaged or is not the one that was asked for */
export function readManifest(text: string, id: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text))
  if (!parsed.success) throw new BackupError(`The manifest of backup ${id} cannot be used: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}.`)
  const { checksum: written, ...manifest } = parsed.data
  if (written !== checksum(manifest)) throw new BackupError(`The manifest of backup ${id} is damaged: its checksum does not match.`)
  if (manifest.id !== id) throw new BackupError(`The manifest of backup ${id} belongs to another one, ${manifest.id}.`)
  return manifest
}

/** Over the values in a fixed order, whatever the order in the file. */
function checksum({ format, id, createdAt, version, schema, database, files, missing, documents, chats, messages, seconds }: Manifest): string {
  const ordered = [
    format, id, createdAt, version, schema, database.bytes, database.sha256,
    files.map(({ sha256, bytes }) => [sha256, bytes]), missing, documents, chats, messages, seconds,
  ]
  return createHash('sha256').update(JSON.stringify(ordered)).digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    return null
  }
}
