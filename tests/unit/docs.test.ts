import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { environmentSchema } from '../../server/utils/config.ts'

const root = new URL('../../', import.meta.url)
const at = (path: string) => fileURLToPath(new URL(path, root))
const readme = readFileSync(at('README.md'), 'utf8')
const docs = filesIn('docs').filter(file => file.endsWith('.md')).map(file => readFileSync(at(`docs/${file}`), 'utf8'))
const everything = [readme, ...docs].join('\n')

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const

/** Files under a folder of the repository, relative to it, sorted; none where the folder is not there. */
function filesIn(folder: string): string[] {
  if (!existsSync(at(folder))) return []
  return readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(at(folder).length).replace(/^\//, ''))
    .sort()
}

/** What stands between single backticks; code blocks, which describe nothing, are left out. */
function codeSpans(markdown: string): string[] {
  return [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(match => match[1]!)
}

/** `documents/[id]/file.get.ts` under `/api` → `GET /api/documents/:`; a file without a method answers every one. */
function routeOf(file: string, prefix: string): string | null {
  const parts = file.replace(/\.[cm]?[jt]s$/, '').split('/')
  const last = parts.pop()!
  const method = METHODS.find(name => last.endsWith(`.${name}`))
  const name = method ? last.slice(0, -method.length - 1) : last
  if (name === 'index') parts.push('')
  else parts.push(name)
  // A catch-all answers what no route does.
  if (parts.some(part => part.startsWith('[...'))) return null
  const path = `${prefix}/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1').replace(/\[[^\]]+\]/g, ':')
  return `${(method ?? 'any').toUpperCase()} ${path}`
}

/** `db/backup.ts` → `db:backup`, as Nitro names its tasks. */
function taskOf(file: string): string {
  return file.replace(/\.[cm]?[jt]s$/, '').replace(/\/index$/, '').replaceAll('/', ':')
}

/** Routes that a text describes, with the names of parameters and queries dropped. */
function describedRoutes(markdown: string): Set<string> {
  const routes = codeSpans(markdown).flatMap((span) => {
    const match = /^([A-Z]+) (\/[^\s?]*)/.exec(span)
    return match ? [`${match[1]} ${match[2]!.replace(/:[^/]+/g, ':')}`] : []
  })
  return new Set(routes)
}

function missingRoutes(routes: string[], markdown: string): string[] {
  const described = describedRoutes(markdown)
  return routes.filter(route => route.startsWith('ANY ')
    ? ![...described].some(one => one.endsWith(route.slice(3)))
    // HEAD is GET without the body (RFC 9110 §9.3.2).
    : !described.has(route.replace(/^HEAD /, 'GET ')))
}

function missingSpans(names: string[], markdown: string): string[] {
  const spans = codeSpans(markdown)
  return names.filter(name => !spans.includes(name))
}

/** Rows of the configuration table: name → default as it is written there. */
function configurationRows(markdown: string): Map<string, string> {
  return new Map([...markdown.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \|/gm)].map(match => [match[1]!, match[2]!]))
}

/** Default of each setting as the table has to give it. */
function settings(): Map<string, string> {
  const defaults = environmentSchema.parse({}) as Record<string, unknown>
  return new Map(Object.keys(environmentSchema.shape).map(name => [name, defaults[name] === undefined ? 'none' : `\`${String(defaults[name])}\``]))
}

const routes = [
  ...filesIn('server/api').map(file => routeOf(file, '/api')),
  ...filesIn('server/routes').map(file => routeOf(file, '')),
].filter(route => route !== null)
const packageJson = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { scripts: Record<string, string> }
const commands = Object.keys(packageJson.scripts).map(name => ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`)
const scripts = readdirSync(at('script'), { withFileTypes: true }).map(entry => `script/${entry.name}${entry.isDirectory() ? '/' : ''}`)

describe('the documentation', () => {
  it('gives every setting with its default, and no other', () => {
    expect(Object.fromEntries(configurationRows(readme))).toEqual(Object.fromEntries(settings()))
  })

  it('describes every route', () => {
    expect(missingRoutes(routes, readme)).toEqual([])
  })

  it('names every task', () => {
    expect(missingSpans(filesIn('server/tasks').map(taskOf), everything)).toEqual([])
  })

  it('describes every npm script', () => {
    expect(missingSpans(commands, readme)).toEqual([])
  })

  it('describes every file and folder in script/, and names none that is not there', () => {
    expect(missingSpans(scripts, readme)).toEqual([])
    const named = codeSpans(readme).filter(span => /^script\/[^\s]*$/.test(span))
    expect(named.filter(path => !existsSync(at(path)))).toEqual([])
  })

  it('links only to files that are there', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
    const links = pages.flatMap(page => [...readFileSync(at(page), 'utf8').matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1]!))
    expect(links.length).toBeGreaterThan(4)
    expect(links.filter(link => !existsSync(at(link)))).toEqual([])
  })
})

describe('the checks above can fail', () => {
  it('on a route that nobody described', () => {
    const text = '| `GET /api/documents/:id` | one |\n```\nGET /api/hidden\n```\n| `GET /api/search?q=` | search |'
    expect(missingRoutes(['GET /api/documents/:', 'GET /api/search'], text)).toEqual([])
    expect(missingRoutes(['DELETE /api/documents/:', 'GET /api/hidden', 'GET /api/documents', 'ANY /health'], text))
      .toEqual(['DELETE /api/documents/:', 'GET /api/hidden', 'GET /api/documents', 'ANY /health'])
    expect(missingRoutes(['GET /api/nobody/described/this'], readme)).toHaveLength(1)
  })

  it('on a task, an npm script and a script of another name', () => {
    expect(missingSpans(['ingest:nothing'], everything)).toEqual(['ingest:nothing'])
    expect(missingSpans(['npm run nothing'], readme)).toEqual(['npm run nothing'])
    expect(missingSpans(['script/nothing'], readme)).toEqual(['script/nothing'])
  })

  it('on a setting that is missing, unknown or has another default', () => {
    const rows = configurationRows('| `PORT` | `3000` | port |\n| `RAGTIME_NOTHING` | none | – |')
    expect(Object.fromEntries(rows)).toEqual({ PORT: '`3000`', RAGTIME_NOTHING: 'none' })
    expect(settings().get('PORT')).toBe('`3000`')
    expect(settings().has('RAGTIME_NOTHING')).toBe(false)
  })

  it.each([
    ['documents/index.get.ts', 'GET /api/documents'],
    ['documents/[id].delete.ts', 'DELETE /api/documents/:'],
    ['documents/[id]/index.get.ts', 'GET /api/documents/:'],
    ['chats/[id]/messages.post.ts', 'POST /api/chats/:/messages'],
    ['search.get.ts', 'GET /api/search'],
    ['[...].ts', null],
  ])('and read %s as %s', (file, route) => {
    expect(routeOf(file, '/api')).toBe(route)
    expect(taskOf('db/backup.ts')).toBe('db:backup')
    expect(routeOf('health.ts', '')).toBe('ANY /health')
  })
})
