import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentSchema } from '../utils/config.ts'
import { encryptedFile } from '../utils/entries.ts'
import { editorCommand } from '../utils/environment.ts'
import { localPassword } from '../utils/local-credentials.ts'
import { hashPassword } from '../utils/password.ts'
import { CredentialsFile } from './lib/credentials-file.ts'
import { readSecret } from './lib/read-secret.ts'
import { runProgram } from './lib/program.ts'
import { commandSettings } from './lib/settings.ts'

const USAGE = `
Usage: script/credentials ACTION [options]

Keeps secrets encrypted in .env.production, which belongs into the repository and the image. Its private key is in
.env.keys, which belongs into neither: keep a copy of it where you keep passwords. The format is that of dotenvx.

  set NAME             asks for the value and stores it; reads standard input where that is no terminal
  set NAME --hash      stores a scrypt hash of it instead, for RAGTIME_PASSWORD
  set NAME --generate  stores 32 random bytes instead of asking
  list                 shows the names, and of each value its length
  unset NAME           removes it
  edit                 opens all values in $EDITOR and stores what was changed
  rotate               makes a new pair of keys and encrypts everything anew
  key                  prints DOTENV_PRIVATE_KEY_PRODUCTION=…, for 'fly secrets import'
  local                shows the password that an instance without settings has made for itself
  hash                 asks for a password and prints its scrypt hash, which RAGTIME_PASSWORD may hold in its place

  --folder FOLDER      where the two files lie, the project's folder unless given
  --help               prints this

The first 'set' makes the keys, and a random RAGTIME_SESSION_SECRET.
`

type Action = (file: CredentialsFile, name: string | undefined, options: { hash?: boolean, generate?: boolean }) => Promise<void> | void

const ACTIONS: Record<string, { needsName: boolean, run: Action }> = {
  set: { needsName: true, run: set },
  list: { needsName: false, run: list },
  unset: { needsName: true, run: unset },
  edit: { needsName: false, run: edit },
  rotate: { needsName: false, run: rotate },
  key: { needsName: false, run: file => say(file.privateKeyLine()) },
  local: { needsName: false, run: local },
  hash: { needsName: false, run: async () => say(await hashPassword(checked('RAGTIME_PASSWORD', await readSecret('Password: ')))) },
}

await runProgram({
  name: 'credentials',
  usage: USAGE,
  options: { folder: { type: 'string' }, hash: { type: 'boolean' }, generate: { type: 'boolean' } },
  arguments: [1, 2],
  async run({ folder, hash, generate }, [actionName = '', name]) {
    const action = Object.hasOwn(ACTIONS, actionName) ? ACTIONS[actionName] : undefined
    if (!action) throw new Error(`'${actionName}' is none of ${Object.keys(ACTIONS).join(', ')}; see --help`)
    if (action.needsName !== (name !== undefined)) throw new Error(`'${actionName}' takes ${action.needsName ? 'the name of a setting' : 'no name'}; see --help`)
    await action.run(new CredentialsFile(folder === undefined ? encryptedFile() : join(folder, '.env.production')), name, { hash, generate })
    return 0
  },
})

async function set(file: CredentialsFile, name: string | undefined, { hash, generate }: { hash?: boolean, generate?: boolean }): Promise<void> {
  const setting = known(name!)
  const given = checked(setting, generate ? randomSecret() : await readSecret(`${setting}: `))
  const value = hash ? await hashPassword(given) : given
  const first = file.ensureKeys()
  file.set(setting, checked(setting, value))
  if (first && !file.names().includes('RAGTIME_SESSION_SECRET')) file.set('RAGTIME_SESSION_SECRET', randomSecret())
  file.save()
  say(`${setting} is set.`)
  if (first) say(`Made ${file.keysPath}: it alone opens the file. Keep a copy of it, and never commit it.`)
}

function list(file: CredentialsFile): void {
  const values = file.values()
  for (const [name, value] of Object.entries(values)) say(`${name}=${'*'.repeat(8)} (${value.length} characters)`)
  if (Object.keys(values).length === 0) say('Nothing is set.')
}

function unset(file: CredentialsFile, name: string | undefined): void {
  if (!file.names().includes(name!)) throw new Error(`${name} is not set`)
  file.unset(name!)
  file.save()
  say(`${name} is no longer set.`)
}

function local(): void {
  const { dataDir } = commandSettings()
  const password = localPassword(dataDir)
  if (!password) throw new Error(`${dataDir} holds no such password: the instance has the one in RAGTIME_PASSWORD, or was never started`)
  say(password)
}

/** The values lie in a file that only this user can read, in a folder that is removed whatever happens. */
function edit(file: CredentialsFile): void {
  const editor = editorCommand()
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-credentials-'))
  try {
    const path = join(folder, 'credentials.json')
    const before = file.values()
    writeFileSync(path, `${JSON.stringify(before, null, 2)}\n`, { mode: 0o600 })
    const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' })
    if (error || status !== 0) throw new Error(`${editor} ended with ${error?.message ?? status}: nothing was changed`)
    const after = parseEdited(readFileSync(path, 'utf8'))
    for (const [name, value] of Object.entries(after)) {
      if (before[name] !== value) file.set(known(name), checked(name, value))
    }
    for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) file.unset(name)
    file.save()
    say('Stored.')
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function rotate(file: CredentialsFile): void {
  file.rotate()
  say(`Everything is encrypted for a new key, which is in ${file.keysPath}; the former one is beside it, for images that were built before.`)
  say('Send it before you deploy: script/credentials key | fly secrets import --stage')
}

function parseEdited(source: string): Record<string, string> {
  try {
    const values = JSON.parse(source) as unknown
    if (typeof values === 'object' && values !== null && Object.values(values).every(value => typeof value === 'string')) return values as Record<string, string>
  }
  catch {
    // Said below: the parser's own words could quote a secret.
  }
  throw new Error('that is no JSON object of strings: nothing was changed')
}

function known(name: string): keyof typeof environmentSchema.shape {
  if (Object.hasOwn(environmentSchema.shape, name) && name !== 'DOTENV_PRIVATE_KEY_PRODUCTION') return name as keyof typeof environmentSchema.shape
  throw new Error(`${name} is not a setting: see the table in README.md`)
}

/** Throws what the server would say at its start, so that a mistake does not wait for the next deployment. */
function checked(name: string, value: string): string {
  const { error } = environmentSchema.shape[known(name)].safeParse(value)
  if (error || value === '') throw new Error(`${name} ${value === '' ? 'may not be empty' : error?.issues[0]?.message}: nothing was changed`)
  return value
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
