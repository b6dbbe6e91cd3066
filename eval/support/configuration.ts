import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What finds, ranks and quotes begins here; the constants of these files and of all that they import count. */
const ENTRIES = ['server/retrieval/index.ts', 'server/retrieval/worker.ts', 'server/answer/extractive.ts', 'server/ingest/chunk.ts', 'server/ingest/embedding-text.ts', 'server/db/fulltext.ts']
/** Imports are followed inside these alone: elsewhere limits and times are set, which change no answer. */
const FOLLOWED = /^server\/(?:retrieval|answer|ingest|embed)\/|^server\/db\/(?:fulltext|trigram|vectors)/
/** Tells why something was not found, and finds nothing. */
const WITHOUT_EFFECT = ['server/retrieval/explain.ts']
/** A named constant; but times, batches and sizes of queues decide when something is done or given up, not what is found. */
const CONSTANT = /^[A-Z][A-Z0-9_]*$/
const LIMITS = /(?:_MS|_MB|_BATCH|WAITING|PURGE_PAGES)$/
/** The full-text indexes are made there, with their tokenizers. */
const MIGRATIONS = 'server/db/migrations'
/** Longer values are shown by their checksum. */
const SHOWN = 200

/**
 * The constants that decide what is found and quoted, by file and name: numbers, words, patterns and tables of them, as
 * the source has them. Comments and white space do not count. A changed weight or default is a changed configuration.
 */
export function configuration(): Record<string, string> {
  const constants: Record<string, string> = {}
  for (const file of reachable()) {
    const source = parse(file)
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const)) continue
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name) || !initializer || !CONSTANT.test(name.text) || LIMITS.test(name.text) || !isConstant(initializer)) continue
        constants[`${relative('server', file)} ${name.text}`] = shortened(printed(initializer, source))
      }
    }
  }
  for (const file of readdirSync(join(root, MIGRATIONS)).filter(name => name.endsWith('.sql'))) {
    const indexes = readFileSync(join(root, MIGRATIONS, file), 'utf8').match(/CREATE VIRTUAL TABLE [^;]*\bfts5\b[^;]*;/gi) ?? []
    for (const statement of indexes) constants[`db/migrations/${file} ${/TABLE (\w+)/i.exec(statement)![1]}`] = shortened(statement.replace(/\s+/g, ' '))
  }
  return Object.fromEntries(Object.entries(constants).sort(([a], [b]) => a < b ? -1 : 1))
}

function shortened(value: string): string {
  return value.length <= SHOWN ? value : `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 16)}`
}

function reachable(): string[] {
  const found = new Set<string>()
  const queue = [...ENTRIES]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue
    found.add(file)
    for (const statement of parse(file).statements) {
      if (!ts.isImportDeclaration(statement) || statement.importClause?.isTypeOnly || !ts.isStringLiteral(statement.moduleSpecifier)) continue
      const imported = join(dirname(file), statement.moduleSpecifier.text)
      if (statement.moduleSpecifier.text.startsWith('.') && FOLLOWED.test(imported) && !WITHOUT_EFFECT.includes(imported) && existsSync(join(root, imported))) queue.push(imported)
    }
  }
  return [...found].sort()
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
}

/** Data, and not a function or something that is made anew: it holds no function, and calls nothing but what builds data. */
function isConstant(node: ts.Node): boolean {
  if (ts.isFunctionLike(node) || ts.isAwaitExpression(node)) return false
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !['Set', 'Map', 'RegExp'].includes(node.expression.text)) return false
  return ts.forEachChild(node, child => isConstant(child) ? undefined : true) === undefined
}

/** The expression without comments and with white space of one kind. */
function printed(node: ts.Expression, source: ts.SourceFile): string {
  return ts.createPrinter({ removeComments: true }).printNode(ts.EmitHint.Expression, node, source).replace(/\s+/g, ' ')
}
