/** Something about a backup that the operator can mend; the message is one line that says what is wrong and what was kept. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** One saved state of the instance: its database, and the names of the files that belong to it. */
export interface Manifest {
  format: 1
  /** Its folder's name; sorts by time. */
  id: string
  /** ISO 8601. */
  createdAt: string
  /** Of the program that wrote it. */
  version: string
  /** Number of the database's newest migration. */
  schema: number
  database: { bytes: number, sha256: string }
  /** Original files; their SHA-256 is their name. */
  files: { sha256: string, bytes: number }[]
  /** Files that documents refer to and that were not there, or no longer what their name says. */
  missing: string[]
  documents: number
  chats: number
  messages: number
  /** How long it took. */
  seconds: number
}

/** What lies in the instance's data folder and is saved. */
export interface DataPaths { databasePath: string, filesDir: string }

/** An S3-compatible bucket. */
export interface BucketSettings {
  /** Base address of the service, without the bucket. */
  endpoint: string
  region: string
  bucket: string
  /** Begins every key; ends with a slash unless it is empty. One instance, one prefix. */
  prefix: string
  accessKeyId: string
  secretAccessKey: string
}

/** Where backups go, and how many stay. */
export interface BackupTarget {
  dir: string
  keep: number
  /** Gets a copy of the newest generation; null: none. */
  bucket: BucketSettings | null
}
