import { openSync, statSync } from 'node:fs'

interface Opened { descriptor: number, inode: number }

const opened = new Map<string, Opened>()

/**
 * A descriptor for the bytes of one of the database's own files (`.db`, `-wal`, `-shm`), for reading; null where there is none.
 * Never close it. A process that closes any descriptor of a file loses all of its POSIX locks on that file, those that
 * SQLite holds included ("How To Corrupt An SQLite Database File", 2.2), and another program that opens the database then
 * believes to be alone. So each file is opened once, and again only where a new one has taken its place.
 */
export function databaseDescriptor(path: string): number | null {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino
  if (inode === undefined) return null
  const known = opened.get(path)
  if (known?.inode === inode) return known.descriptor
  const descriptor = openSync(path, 'r')
  opened.set(path, { descriptor, inode })
  return descriptor
}
