import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What native files are for; the names are Node's own (`process.platform`, `process.arch`). */
export interface Target { platform: string, arch: string, libc: 'glibc' | 'musl' | null }

/** Read by people and by debuggers, never by the server. Licences stay. */
const DOCUMENTATION = /\.map$|\.d\.[cm]?ts$|(?:^|\/)(?!licen[cs]e|notice)[^/]*\.(?:md|markdown)$/i

/** Packages that carry the native files of several platforms: how a path names the platform it is for. */
const NATIVE: { pattern: RegExp, name: (target: Target) => string }[] = [
  {
    pattern: /(?:^|\/)better-sqlite3\/prebuilds\/([^/]+)\.node$/,
    name: ({ platform, arch, libc }) => `${platform}${libc === 'musl' ? 'musl' : ''}-${arch}`,
  },
  { pattern: /(?:^|\/)onnxruntime-node\/bin\/napi-v\d+\/([^/]+\/[^/]+)\//, name: ({ platform, arch }) => `${platform}/${arch}` },
  // Windows is named differently there; https://github.com/asg017/sqlite-vec/releases
  { pattern: /(?:^|\/)sqlite-vec-([a-z]+-[a-z\d]+)\//, name: ({ platform, arch }) => `${platform === 'win32' ? 'windows' : platform}-${arch}` },
]

/** What this process runs on: the build's platform is the one its product runs on. */
export function currentTarget(): Target {
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header
  return {
    platform: process.platform,
    arch: process.arch,
    libc: process.platform === 'linux' ? glibcVersionRuntime ? 'glibc' : 'musl' : null,
  }
}

/** Whether the server on `target` never opens the file at `path`, relative to a folder of packages. */
export function isUnused(path: string, target: Target): boolean {
  if (DOCUMENTATION.test(path)) return true
  return NATIVE.some(({ pattern, name }) => {
    const found = pattern.exec(path)
    return found !== null && found[1] !== name(target)
  })
}

/**
 * Deletes from a folder of packages what the server on `target` never opens, and the folders that this leaves empty.
 *
 * @returns the bytes that were freed
 */
export async function pruneOutput(dir: string, target: Target): Promise<number> {
  let freed = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if (!isUnused(path.slice(dir.length + 1).replaceAll('\\', '/'), target)) continue
    freed += (await stat(path)).size
    await rm(path)
  }
  await removeEmptyFolders(dir)
  return freed
}

async function removeEmptyFolders(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(dir, entry.name)
    await removeEmptyFolders(path)
    if ((await readdir(path)).length === 0) await rmdir(path)
  }
}
