import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seccompFilter, type SeccompArchitecture } from './seccomp.ts'
import type { ExtractionLimits } from './types.ts'

/** V8 reserves and touches this much beyond what a program asks for (thread stacks, code range, caches); measured 590 MB. */
const DATA_SEGMENT_SLACK_MB = 768
const WASM_PAGES_PER_MB = 16
/** Node has some 20 open before the document comes, and loads its modules a few at a time. */
const OPEN_FILES = 64
/** A start takes 0.1 s; on a machine that is busy with other things, much longer. */
const TRY_MS = 20_000

/** What keeps the child from the network, beside Node itself, which cannot. */
export interface Wall {
  name: 'system calls' | 'namespace'
  /** The command that puts it up and then runs what follows. */
  command: string[]
}

/** Sets the filter of seccomp.ts and becomes the program named behind it: hex of the filter, numbers of prctl and seccomp. */
const SET_FILTER = 'my($f,$c,$s)=(pack("H*",shift),shift()+0,shift()+0);my$p=pack("S x![P] P",length($f)/8,$f);'
  // PR_SET_NO_NEW_PRIVS; SECCOMP_SET_MODE_FILTER with SPEC_ALLOW: older kernels would slow the whole program down.
  + 'syscall($c,38,1,0,0,0)==0&&syscall($s,1,4,$p)==0 or exit 126;exec{$ARGV[0]}@ARGV;exit 127'
const NOBODY = 65534

/** The walls that this platform may have, the stronger one first. Each is there only if it can be put up: see `findWall`. */
export function possibleWalls(): Wall[] {
  if (process.platform !== 'linux') return []
  const walls: Wall[] = []
  // Perl is an essential package of Debian, and the only program there that can make any system call.
  if (existsSync('/usr/bin/perl') && (process.arch === 'x64' || process.arch === 'arm64')) {
    const { program, prctl, seccomp } = seccompFilter(process.arch satisfies SeccompArchitecture)
    walls.push({ name: 'system calls', command: ['/usr/bin/perl', '-e', SET_FILTER, program.toString('hex'), String(prctl), String(seccomp)] })
  }
  // Mapped to nobody, so that it has no capabilities in the new namespace either.
  if (existsSync('/usr/bin/unshare')) {
    walls.push({ name: 'namespace', command: ['/usr/bin/unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--net', '--ipc'] })
  }
  return walls
}

let found: Promise<Wall | null> | undefined

/**
 * The strongest wall that works here, found out once by starting Node behind it; null where there is none. A container's
 * own filter may refuse to make namespaces, a system may have neither program.
 */
export function findWall(limits: ExtractionLimits): Promise<Wall | null> {
  return found ??= (async () => {
    for (const wall of possibleWalls()) if (await starts(commandLine(['-e', '0'], limits, wall))) return wall
    return null
  })()
}

function starts([command, ...args]: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(command!, args, { env: {}, cwd: '/', stdio: 'ignore', timeout: TRY_MS, killSignal: 'SIGKILL' })
      .once('error', () => resolve(false))
      .once('exit', code => resolve(code === 0))
  })
}

/** How the program `entry` is started. It may read `files` besides its own code. */
export function extractorCommand(entry: string, limits: ExtractionLimits, wall: Wall | null, files: string[] = []): string[] {
  return commandLine([
    '--permission', ...[...readable(entry), ...files].map(path => `--allow-fs-read=${path}`),
    `--max-old-space-size=${Math.floor(limits.memoryMb * 0.75)}`,
    `--wasm-max-mem-pages=${limits.memoryMb * WASM_PAGES_PER_MB}`,
    // A short document is over before the code that TurboFan makes of the layout's functions has paid for its making: of a
    // paper's processor time it took a quarter. Seven papers: 15 % less time without it and with a later one for WebAssembly.
    '--no-turbofan', '--wasm-tiering-budget=40000000',
    // Most of what a page takes dies with it, so a larger nursery is collected less often.
    '--min-semi-space-size=16', '--max-semi-space-size=16', '--no-warnings',
    entry,
  ], limits, wall)
}

/**
 * Node behind the wall and with the kernel's limits. Memory is bounded by the data segment (what is written to) and not by
 * the address space: V8 reserves gigabytes that it never touches, 4 for its heap's cage and 8 for each WebAssembly memory,
 * so a limit on addresses that lets it start at all bounds nothing. `env -i` because some shells export variables of their
 * own; the score makes the kernel take the child first when memory ends.
 */
function commandLine(args: string[], limits: ExtractionLimits, wall: Wall | null): string[] {
  const node = [...wall?.command ?? [], process.execPath, ...args]
  if (!existsSync('/bin/sh')) return node
  const bounds = [
    'echo 1000 > /proc/self/oom_score_adj', 'ulimit -c 0', `ulimit -S -t ${limits.cpuSeconds * 2}`, `ulimit -H -t ${limits.cpuSeconds * 2 + 5}`,
    `ulimit -d ${(limits.memoryMb + DATA_SEGMENT_SLACK_MB) * 1024}`, 'ulimit -f 0', `ulimit -n ${OPEN_FILES}`,
  ]
  return ['/bin/sh', '-c', `{ ${bounds.join('; ')}; } 2>/dev/null; exec env -i "$@"`, 'sh', ...node]
}

/** What the child may read: its own bundle's folder, or in development the sources and packages. */
function readable(entry: string): string[] {
  if (!entry.endsWith('.ts')) return [join(dirname(entry), '*')]
  const root = dirname(dirname(dirname(entry)))
  return [
    ...['server', 'shared', 'node_modules'].map(folder => join(root, folder, '*')),
    join(root, 'package.json'),
    join(realpathSync(join(root, 'node_modules')), '*'),
  ]
}
