import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../../', import.meta.url))

export interface Outcome { code: number | null, stdout: string, stderr: string }
export interface RunOptions {
  /** The whole environment beside PATH and HOME. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** Written to standard input, which is empty otherwise. */
  input?: string
  timeoutMs?: number
}

/** Runs a program to its end. `command` is a path in the repository, or one of the system where it begins with a slash. */
export async function runProgram(command: string, args: string[] = [], { env = {}, cwd = repository, input = '', timeoutMs = 60_000 }: RunOptions = {}): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const child = spawn(command.startsWith('/') ? command : `${repository}${command}`, args, {
    cwd, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, timeout: timeoutMs, killSignal: 'SIGKILL',
  })
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (outcome.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (outcome.stderr += text))
  child.stdin.on('error', () => {}) // It may have ended without reading.
  child.stdin.end(input)
  child.once('error', reject)
  child.once('close', code => resolve({ ...outcome, code }))
  return promise
}
