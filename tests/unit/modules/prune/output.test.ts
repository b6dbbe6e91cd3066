import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { currentTarget, isUnused, pruneOutput, type Target } from '../../../../modules/prune/output.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
/** The packages with native files, as npm installs them here: the names are theirs, not this test's. */
const PACKAGES = ['better-sqlite3/prebuilds', 'onnxruntime-node/bin']
const VECTORS = ['sqlite-vec-linux-x64/vec0.so', 'sqlite-vec-linux-arm64/vec0.so', 'sqlite-vec-darwin-arm64/vec0.dylib', 'sqlite-vec-windows-x64/vec0.dll']
const shipped = [
  ...PACKAGES.flatMap(name => readdirSync(join(root, 'node_modules', name), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(join(root, 'node_modules').length + 1))),
  ...VECTORS,
]
const linux = (arch: string): Target => ({ platform: 'linux', arch, libc: 'glibc' })

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with empty files of these names. */
function folderWith(files: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'ragtime-prune-'))
  folders.push(dir)
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), 'x')
  }
  return dir
}

describe('pruning the built server', () => {
  it.each(['x64', 'arm64'])('leaves of all native files those of linux on %s', async (arch) => {
    const dir = folderWith(shipped)
    expect(await pruneOutput(dir, linux(arch))).toBe(shipped.length - 4)
    const left = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1)).sort()
    expect(left).toEqual([
      `better-sqlite3/prebuilds/linux-${arch}.node`,
      `onnxruntime-node/bin/napi-v6/linux/${arch}/libonnxruntime.so.1`,
      `onnxruntime-node/bin/napi-v6/linux/${arch}/onnxruntime_binding.node`,
      `sqlite-vec-linux-${arch}/vec0.so`,
    ])
    // Folders that became empty are gone as well.
    expect(readdirSync(join(dir, 'onnxruntime-node/bin/napi-v6'))).toEqual(['linux'])
  })

  it.each<[Target, string]>([
    [{ platform: 'linux', arch: 'arm64', libc: 'musl' }, 'linuxmusl-arm64'],
    [{ platform: 'darwin', arch: 'arm64', libc: null }, 'darwin-arm64'],
    [{ platform: 'win32', arch: 'x64', libc: null }, 'win32-x64'],
  ])('keeps the database of %o', (target, name) => {
    const kept = shipped.filter(path => path.includes('better-sqlite3/') && !isUnused(path, target))
    expect(kept).toEqual([`better-sqlite3/prebuilds/${name}.node`])
  })

  it('takes out maps, types and documentation, and leaves code, data and licences', () => {
    const unused = ['a/index.js.map', 'a/index.d.ts', 'a/index.d.mts', 'a/README.md', '@b/c/changelog.md', '.nitro/d@1/x.d.cts']
    const used = [
      'a/LICENSE', 'a/LICENSE.md', 'a/license.md', 'a/NOTICE.md', 'a/package.json', 'a/history.js', 'a/readme.js', 'a/map.js', 'a/d.ts.js', 'a/x.wasm',
      'better-sqlite3/lib/linux-arm64.js',
    ]
    expect([...unused, ...used].filter(path => isUnused(path, linux('x64')))).toEqual(unused)
  })

  it('knows the platform it runs on', () => {
    expect(currentTarget()).toMatchObject({ platform: process.platform, arch: process.arch })
    expect(shipped.filter(path => !isUnused(path, currentTarget())).length).toBeGreaterThanOrEqual(3)
  })
})

describe('the lockfile', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { cpu?: string[], integrity?: string }> }

  it.each(['x64', 'arm64'])('holds what an image for %s installs', (arch) => {
    for (const name of [`sqlite-vec-linux-${arch}`, `node-linux-${arch}`]) {
      expect(packages[`node_modules/${name}`], name).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) })
    }
    // One package with the files of every platform each.
    expect(packages['node_modules/better-sqlite3']?.cpu ?? []).toEqual([])
    expect(packages['node_modules/onnxruntime-node']?.cpu ?? ['x64', 'arm64']).toContain(arch)
  })
})
