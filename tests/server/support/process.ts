import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel knows of a running process (proc(5)). */
export interface ProcessFacts { residentMb: number, openFiles: number, children: number[] }

export function processFacts(pid: number): ProcessFacts {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    residentMb: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    children: readdirSync(`/proc/${pid}/task`).flatMap(thread => childrenOf(pid, thread)),
  }
}

function childrenOf(pid: number, thread: string): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  }
  catch {
    return [] // The thread has ended meanwhile.
  }
}
