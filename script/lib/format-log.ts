import { createInterface } from 'node:readline'
import { parseArgs, styleText } from 'node:util'

/** From the most talkative to the gravest. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
type LogLevel = typeof LOG_LEVELS[number]

/** Prints log lines from standard input for people; `script/logs` says what the options mean. */
const { values } = parseArgs({ options: { level: { type: 'string' }, request: { type: 'string' }, raw: { type: 'boolean' } } })
const least = LOG_LEVELS.indexOf((values.level ?? LOG_LEVELS[0]) as LogLevel)
if (least < 0) {
  process.stderr.write(`ragtime: --level is one of ${LOG_LEVELS.join(', ')}.\n`)
  process.exit(2)
}
const COLORS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const
const filtering = values.level !== undefined || values.request !== undefined

// A reader such as head may leave first.
process.stdout.on('error', () => process.exit(0))
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const entry = parse(line)
  // What is no line of ours (a crash, the platform's own) is shown unless something is looked for.
  if (!entry ? !filtering : matches(entry)) process.stdout.write(`${entry && !values.raw ? format(entry) : line}\n`)
}

/** The JSON object at the end of the line; before it stands what the platform puts there. */
function parse(line: string): Record<string, unknown> | null {
  const start = line.indexOf('{')
  if (start < 0) return null
  try {
    return JSON.parse(line.slice(start)) as Record<string, unknown>
  }
  catch {
    return null
  }
}

function matches(entry: Record<string, unknown>): boolean {
  if (LOG_LEVELS.indexOf(levelOf(entry)) < least) return false
  return values.request === undefined || Object.values(entry).includes(values.request)
}

/** nginx's lines carry no level: a status is one. */
function levelOf({ level, status }: Record<string, unknown>): LogLevel {
  if (LOG_LEVELS.includes(level as LogLevel)) return level as LogLevel
  return Number(status) >= 500 ? 'error' : 'info'
}

function format(entry: Record<string, unknown>): string {
  const { time, message, level: _level, error, ...rest } = entry
  const level = levelOf(entry)
  const fields = Object.entries(rest).map(([name, value]) => `${styleText('dim', `${name}=`)}${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const head = [styleText('dim', String(time ?? '')), styleText(COLORS[level], level.padEnd(5)), message, ...fields].filter(Boolean).join(' ')
  return error ? `${head}\n${describeError(error)}` : head
}

function describeError(error: unknown): string {
  const { stack, message, cause } = typeof error === 'object' && error !== null ? error as { stack?: string, message?: string, cause?: unknown } : { message: String(error) }
  const own = String(stack ?? message ?? '').split('\n').map(line => `    ${line}`).join('\n')
  return cause ? `${own}\n    caused by\n${describeError(cause)}` : own
}
