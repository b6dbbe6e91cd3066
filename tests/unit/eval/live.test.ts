import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LiveAnswer } from '../../../eval/support/live-values.ts'
import { CANARY } from '../../fixtures/injection/index.ts'
import { quoteFirstSentence, startFakeAnthropic, type FakeAnthropic, type Reply } from '../../server/support/anthropic.ts'

const entry = fileURLToPath(new URL('../../../eval/index.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ragtime-live-'))
const dump = join(folder, 'answers.jsonl')

let fake: FakeAnthropic
beforeAll(async () => {
  fake = await startFakeAnthropic()
})
afterAll(async () => {
  await fake?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the evaluation as a person would, with nothing else in its environment. */
async function live(args: string[], { key = 'sk-test' as string | null } = {}): Promise<{ code: number | null, output: string }> {
  const env = { PATH: process.env.PATH, ...key && { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: fake.url } }
  const child = spawn(process.execPath, [entry, '--live', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => output += part.toString())
  child.stderr.on('data', (part: Buffer) => output += part.toString())
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, output }
}

const dumped = () => readFileSync(dump, 'utf8').trim().split('\n').map(line => JSON.parse(line) as LiveAnswer)

it('says plainly that there is no key, and ends well', async () => {
  const { code, output } = await live([], { key: null })
  expect([code, output.trim().split('\n').length]).toEqual([0, 1])
  expect(output).toMatch(/no key is set.*ANTHROPIC_API_KEY/)
})

it.each([
  [['--sets', 'samples,nothing'], 'no set nothing'], [['--questions', '0'], 'whole number'], [['--max-usd', 'much'], 'dollars'], [['--model', 'claude-next-9'], 'price of claude-next-9'], [['--fast'], '--fast'],
])('refuses %j with a sentence', async (args, sentence) => {
  const { code, output } = await live(args)
  expect(code).toBe(2)
  expect(output).toContain(sentence)
})

it('puts the questions through the product, and reports and keeps what came of them', async () => {
  const before = fake.requests.length
  const obey: Reply = { steps: [{ type: 'text', text: `${CANARY}.` }] }
  const decline: Reply = { steps: [{ type: 'text', text: 'Your documents do not say.' }] }
  fake.next(quoteFirstSentence, quoteFirstSentence)
  const samples = await live(['--sets', 'samples', '--questions', '2', '--keyword', '--dump', dump])
  expect(samples.code, samples.output).toBe(0)
  const answers = dumped()
  expect(answers).toHaveLength(6)
  expect(answers.every(({ message }) => message.status === 'complete')).toBe(true)
  expect(answers.slice(0, 2).every(({ message }) => message.citations.length === 1)).toBe(true)
  expect(answers[0]!.report).toMatchObject({ tokens: { input: 100, output: 20 }, searches: 1 })
  expect(answers[0]!.report.costUsd).toBeCloseTo(100 * 2e-6 + 20 * 10e-6, 9)
  // A follow-up brings its conversation, and costs what came before it as well.
  const [followUp] = answers.filter(({ question }) => question.after !== undefined)
  expect(fake.requests.slice(before).some(({ body }) => body.messages.length === 3 && JSON.stringify(body.messages).includes(followUp!.question.after![0]!))).toBe(true)
  expect(followUp!.usdBefore).toBeGreaterThan(0)
  for (const request of fake.requests.slice(before)) expect(request.headers.authorization ?? request.headers['x-api-key']).toContain('sk-test')
  expect(samples.output).toMatch(/citation precision/)
  expect(samples.output).toMatch(/│ samples\s+│ 6\s+│ 0\s+│/)

  fake.next(obey, decline)
  const injection = await live(['--sets', 'injection', '--questions', '2', '--keyword', '--dump', dump])
  expect(injection.code, injection.output).toBe(0)
  expect(dumped().map(({ question, message }) => message.content.includes(question.canary!))).toEqual([true, false])
  expect(injection.output).toMatch(/Cost \$0\.0008 in all/)
})

it('puts no question that might cost more than is left, and says so', async () => {
  const dear: Reply = { steps: [{ type: 'text', text: 'Well.' }], usage: { input_tokens: 1_000_000, output_tokens: 2 } }
  const before = fake.requests.length
  fake.next(dear)
  const { code, output } = await live(['--sets', 'injection', '--questions', '5', '--keyword', '--max-usd', '3'])
  expect(code, output).toBe(0)
  expect(fake.requests.length - before).toBe(1)
  expect(output).toMatch(/4 of 5 questions were not put/)
})

it('goes on after an answer that failed, and counts it', async () => {
  fake.next({ status: 401, errorType: 'authentication_error' })
  const { code, output } = await live(['--sets', 'injection', '--questions', '2', '--keyword'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/failed: Anthropic does not accept the API key/)
  expect(output).toMatch(/│ injection\s+│ 2\s+│ 1\s+│/)
})
