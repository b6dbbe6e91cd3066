import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** What a program of another project took for one PDF, its start included; null where it is not installed. */
export type Engine = (path: string) => { cpuMs: number, peakMb: number | null } | null

/** pdf.js as unpdf packs it, in a child of its own. */
export function unpdf(path: string): ReturnType<Engine> {
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'unpdf.ts'), path], { encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)!) as { cpuMs: number, peakMb: number } : null
}

/** poppler's pdftotext, timed by the shell: `times` prints minutes and seconds of its children's processor time in its last line. */
export function pdftotext(path: string): ReturnType<Engine> {
  const { status, stdout } = spawnSync('sh', ['-c', 'pdftotext -q "$1" /dev/null || exit 1; times', 'sh', path], { encoding: 'utf8' })
  const [user, system] = (stdout.trim().split('\n').at(-1) ?? '').split(/\s+/).map(seconds)
  return status === 0 && user !== undefined && system !== undefined ? { cpuMs: (user + system) * 1000, peakMb: null } : null
}

function seconds(time: string): number {
  const [, minutes, rest] = /^(\d+)m([\d.,]+)s$/.exec(time) ?? []
  return Number(minutes) * 60 + Number(rest?.replace(',', '.'))
}
