import { readdir, readFile } from 'node:fs/promises'

interface Process { pid: number, parent: number, name: string, bytes: number }

/** /proc gives kB, which are of 1024 bytes. */
const KIB = 1024

/**
 * Resident memory in bytes of what runs for the product, by what it is: `server`, `child` (extractors), and in the
 * container also `nginx` and `supervisor`. Elsewhere only this process and its children count: other programs of the
 * machine are none of our business. Empty where there is no /proc.
 */
export async function processMemory(): Promise<Record<string, number>> {
  const processes = await listProcesses()
  const supervised = processes.some(({ pid, name }) => pid === 1 && name.startsWith('s6-'))
  const bytes: Record<string, number> = {}
  for (const process of processes) {
    const kind = kindOf(process, processes, supervised)
    if (kind) bytes[kind] = (bytes[kind] ?? 0) + process.bytes
  }
  return bytes
}

function kindOf({ pid, name }: Process, processes: Process[], supervised: boolean): string | null {
  if (pid === process.pid) return 'server'
  if (descends(pid, processes)) return 'child'
  if (!supervised) return null
  if (name === 'nginx') return 'nginx'
  return name.startsWith('s6-') ? 'supervisor' : 'other'
}

function descends(pid: number, processes: Process[]): boolean {
  // A parent may vanish and its number come back while /proc is read: the length bounds any circle.
  for (let at: number | undefined = pid, steps = 0; at && steps < processes.length; steps++) {
    at = processes.find(other => other.pid === at)?.parent
    if (at === process.pid) return true
  }
  return false
}

async function listProcesses(): Promise<Process[]> {
  const names = await readdir('/proc').catch(() => [])
  const all = await Promise.all(names.filter(name => /^\d+$/.test(name)).map(readProcess))
  return all.filter(one => one !== null)
}

/** Null when it has ended meanwhile, or has no memory of its own, as threads of the kernel. */
async function readProcess(pid: string): Promise<Process | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(status)?.[1]
  const resident = field('VmRSS')
  return resident ? { pid: Number(pid), parent: Number(field('PPid')), name: field('Name') ?? '', bytes: Number.parseInt(resident) * KIB } : null
}
