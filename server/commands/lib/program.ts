import { parseArgs, type ParseArgsConfig } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T, allowPositionals: true }>>

export interface Program<T extends Options> {
  name: string
  /** What `--help` prints. */
  usage: string
  options: T
  /** Fewest and most arguments that are not options; none unless given. */
  arguments?: [least: number, most: number]
  /** Gives the exit code, 0 unless it says otherwise. An error's message is what the operator reads. */
  run: (values: Parsed<T>['values'], positionals: string[]) => Promise<number> | number
}

/**
 * Runs an operator's program to its end: `--help` prints the usage, wrong use exits with 2, a failure with 1 and one
 * line on standard error that says why.
 */
export async function runProgram<T extends Options>({ name, usage, options, arguments: [least, most] = [0, 0], run }: Program<T>): Promise<void> {
  let parsed: Parsed<T>
  try {
    if (process.argv.slice(2).some(argument => argument === '--help' || argument === '-h')) {
      process.stdout.write(`${usage.trim()}\n`)
      return
    }
    parsed = parseArgs({ options, allowPositionals: true })
    const { length } = parsed.positionals
    if (length < least) throw new Error('an argument is missing')
    if (length > most) throw new Error(`unexpected argument '${parsed.positionals[most]}'`)
  }
  catch (error) {
    process.stderr.write(`${name}: ${firstLine(error)}; see --help\n`)
    process.exitCode = 2
    return
  }
  try {
    process.exitCode = await run(parsed.values, parsed.positionals)
  }
  catch (error) {
    process.stderr.write(`${name}: ${firstLine(error)}\n`)
    process.exitCode = 1
  }
}

function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const line = error.message.split('\n')[0]!.replace(/\.$/, '')
  return error.cause === undefined ? line : `${line} (${firstLine(error.cause)})`
}
