import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { AskResult, Chat, ChatWithMessages, Message } from '../shared/schemas/chats.ts'
import type { Document } from '../shared/schemas/documents.ts'
import { Site } from '../tests/server/support/site.ts'
import { Deployment, newestImage, PASSWORD, podman, type ProcessMemory } from './support/container.ts'

/**
 * The image under load, in 512 MB: size of each layer, memory of each process, what survives kills, the gap of a deploy,
 * requests a second.
 *
 *   bash ../shared/container-check.sh --build-only . && node bench/container.ts FOLDER_WITH_PDFS [part …]
 *
 * The parts: layers, memory, kills, gap, requests; all of them by default. Needs root and podman. Exits with 1 when a process was
 * killed for memory or something acknowledged is lost or there twice.
 */
const [folder, ...chosen] = process.argv.slice(2)
if (!folder) throw new Error('Give a folder with PDFs')
const KILLS = 5
const GAPS = 5
const LOAD_SECONDS = 5
const INGEST_MS = 20 * 60_000
const QUESTIONS = ['What is the model trained on?', 'How many parameters does it have?', 'Which results improve over BERT?', 'How were the examples filtered?']

const parts: Record<string, (deployment: Deployment, site: Site) => Promise<void>> = { layers, memory, kills, gap, requests }
const deployment = new Deployment(newestImage())
try {
  console.log(`${deployment.image}, ${deployment.memory}`)
  console.log(`Start on an empty volume to the first 200: ${ms(await deployment.start())}`)
  const site = new Site(deployment.url, PASSWORD)
  await site.signIn()
  for (const name of chosen.length > 0 ? chosen : Object.keys(parts)) {
    console.log(`\n${name}`)
    await parts[name]!(deployment, site)
  }
  deployment.stop('SIGTERM')
}
finally {
  deployment.close()
}

/** What each step of the Dockerfile adds, uncompressed; the newest first. */
async function layers(deployment: Deployment): Promise<void> {
  const steps = JSON.parse(podman('history', '--format', 'json', deployment.image)) as { size: number, CreatedBy?: string, comment?: string }[]
  for (const { size, CreatedBy, comment } of steps.filter(step => step.size > 0)) {
    console.log(`${(size / 1e6).toFixed(1).padStart(6)} MB  ${(CreatedBy ?? comment ?? '').replace(/\s+/g, ' ').slice(0, 110)}`)
  }
  console.log(`${(steps.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1).padStart(6)} MB  together`)
}

/** Idle memory, then the most of each process while all papers are ingested and questions are asked. */
async function memory(deployment: Deployment, site: Site): Promise<void> {
  await delay(5_000)
  console.log('Idle:')
  console.table(table(deployment.processes()))
  console.log(`Whole container: ${mb(deployment.cgroupMemory().nowMb)}, page cache included`)

  const chat = await newChat(site)
  const files = readdirSync(folder!).filter(name => name.endsWith('.pdf'))
  const ids = new Set<string>()
  for (const name of files) {
    const { documents } = await site.upload([{ name, content: readFileSync(join(folder!, name)) }])
    for (const { id } of documents) ids.add(id)
  }
  const peaks = new Map<string, ProcessMemory>()
  let asked = 0
  const began = performance.now()
  const waits: number[] = []
  while ((await documents(site)).some(({ id, status }) => ids.has(id) && status !== 'ready')) {
    const failed = (await documents(site)).find(({ status }) => status === 'failed')
    if (failed) throw new Error(`${failed.title} failed: ${failed.error?.message}`)
    if (performance.now() - began > INGEST_MS) throw new Error('The papers are not read after 20 minutes')
    const start = performance.now()
    const answer = askAndWait(site, chat, QUESTIONS[asked++ % QUESTIONS.length]!)
    let answered = false
    void answer.finally(() => answered = true).catch(() => {})
    do {
      for (const sample of sum(deployment.processes())) {
        const peak = peaks.get(sample.name)
        if (!peak || sample.pssMb > peak.pssMb) peaks.set(sample.name, sample)
      }
      await delay(250)
    } while (!answered)
    await answer
    waits.push(performance.now() - start)
    // More would meet nginx's limit for one visitor.
    await delay(1_500)
  }
  console.log(`\n${files.length} papers in ${ms(performance.now() - began)}, ${asked} questions meanwhile, the slowest ${ms(Math.max(...waits))}. Most of each:`)
  console.table(table([...peaks.values()]))
  const kills = deployment.oomKills()
  console.log(`Whole container: at most ${mb(deployment.cgroupMemory().peakMb)}, page cache included; killed for memory: ${kills}`)
  if (kills > 0) throw new Error('A process was killed for memory')
}

/** Kills the whole container while documents are uploaded and answers written, and counts what was acknowledged. */
async function kills(deployment: Deployment, site: Site): Promise<void> {
  const uploaded = new Map<string, string>()
  const asked = new Map<string, string>()
  const chat = await newChat(site)
  let n = 0
  for (let round = 0; round < KILLS; round++) {
    let stopped = false
    const work = [0, 1, 2].map(async () => {
      while (!stopped) {
        const text = `Note ${++n} of round ${round}. ${'The stride of the left hand carries the rag along. '.repeat(40)}`
        const file = new File([text], `note-${n}.txt`)
        const form = new FormData()
        form.append('file', file)
        const answer = await site.json<{ documents: Document[] }>('/api/documents', { method: 'POST', body: form }).catch(() => null)
        if (answer?.status === 201) uploaded.set(answer.body.documents[0]!.id, file.name)
      }
    })
    work.push((async () => {
      while (!stopped) {
        const content = `Question ${++n}: what carries the rag along?`
        const answer = await site.json<AskResult>(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content } }).catch(() => null)
        if (answer?.status === 202) asked.set(answer.body.answer.id, content)
      }
    })())
    await delay(1_500 + Math.random() * 1_500)
    deployment.stop('SIGKILL')
    stopped = true
    await Promise.all(work)
    await deployment.start()
  }
  await site.waitFor(async () => (await documents(site)).every(({ status }) => status === 'ready' || status === 'failed'), { timeoutMs: INGEST_MS, everyMs: 500, what: 'all documents are read' })
  const found = await documents(site)
  const { body: { messages } } = await site.json<ChatWithMessages>(`/api/chats/${chat.id}`)
  const problems = [
    ...[...uploaded].filter(([id]) => found.filter(document => document.id === id && document.status === 'ready').length !== 1).map(([, name]) => `${name} is not there, or not ready`),
    ...twice(found.map(({ title }) => title)).map(title => `${title} is there twice`),
    ...[...asked].filter(([id]) => !ended(messages.find(message => message.id === id))).map(([, content]) => `the answer to “${content}” is not there, or never ended`),
    ...twice(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).map(content => `“${content}” is there twice`),
  ]
  console.log(`${KILLS} kills: ${uploaded.size} uploads and ${asked.size} questions acknowledged, ${problems.length} lost, unfinished or twice`)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

/** From the stop of one container to the first 200 of its replacement on the same volume. */
async function gap(deployment: Deployment): Promise<void> {
  const gaps: number[] = []
  for (let round = 0; round < GAPS; round++) {
    const began = performance.now()
    deployment.stop('SIGTERM')
    const stopped = performance.now()
    await deployment.start()
    gaps.push(performance.now() - began)
    console.log(`stop ${ms(stopped - began)}, start ${ms(performance.now() - stopped)}, together ${ms(gaps.at(-1)!)}`)
  }
  console.log(`Median gap ${ms(gaps.toSorted((a, b) => a - b)[Math.floor(GAPS / 2)]!)}`)
}

/** What visitors ask for, through nginx and from the server's own socket. */
async function requests(deployment: Deployment, site: Site): Promise<void> {
  const page = await (await site.anonymous('/login')).text()
  const [script] = /\/_nuxt\/[^"]+\.js/.exec(page)!
  const rows: Record<string, object> = {}
  for (const [name, path, cookie] of [
    ['static file', script, ''], ['cached page', '/login', ''], ['rendered page', '/', site.cookie], ['JSON call', '/api/chats', site.cookie],
  ] as const) {
    rows[`${name}, nginx`] = await load(deployment, path, cookie)
    rows[`${name}, server alone`] = await load(deployment, path, cookie, `/proc/${deployment.pid}/root/run/ragtime/app.sock`)
  }
  console.table(rows)
}

async function load(deployment: Deployment, path: string, cookie: string, ...socket: string[]): Promise<object> {
  const child = deployment.enter(join(import.meta.dirname, 'support/load.ts'), String(LOAD_SECONDS), path, cookie, ...socket)
  const [output, [code]] = await Promise.all([text(child.stdout!), once(child, 'close') as Promise<[number]>])
  if (code !== 0) throw new Error(`The load on ${path} ended with ${code}`)
  return JSON.parse(output) as object
}

async function documents(site: Site): Promise<Document[]> {
  const all: Document[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: { body: { items: Document[], nextCursor: string | null } } = await site.json(`/api/documents?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    all.push(...body.items)
    cursor = body.nextCursor
  }
  return all
}

async function newChat(site: Site): Promise<Chat> {
  return (await site.json<Chat>('/api/chats', { method: 'POST', json: {} })).body
}

async function askAndWait(site: Site, chat: Chat, content: string): Promise<void> {
  const { status, body } = await site.json<AskResult>(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content } })
  if (status !== 202) throw new Error(`The question was answered ${status}`)
  for await (const { type } of site.events(`/api/runs/${body.run.id}/events`, { timeoutMs: 120_000 })) if (type === 'error') throw new Error('An answer failed')
}

function ended(message: Message | undefined): boolean {
  return message !== undefined && !['pending', 'streaming'].includes(message.status)
}

function twice(values: string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

/** Processes of one name as one. */
function sum(processes: ProcessMemory[]): ProcessMemory[] {
  const sums = new Map<string, ProcessMemory>()
  for (const { name, pssMb, rssMb } of processes) {
    const before = sums.get(name) ?? { name, pssMb: 0, rssMb: 0 }
    sums.set(name, { name, pssMb: before.pssMb + pssMb, rssMb: before.rssMb + rssMb })
  }
  return [...sums.values()]
}

function table(processes: ProcessMemory[]): Record<string, object> {
  return Object.fromEntries(sum(processes).toSorted((a, b) => b.pssMb - a.pssMb)
    .map(({ name, pssMb, rssMb }) => [name, { 'share (MB)': Math.round(pssMb), 'resident (MB)': Math.round(rssMb) }]))
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}

function mb(value: number): string {
  return `${Math.round(value)} MB`
}
