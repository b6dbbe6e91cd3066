import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { localCredentials } from '../server/utils/local-credentials.ts'

/**
 * Serves the built product for local use: makes a password and a session secret on the first start, keeps them in the
 * data folder, and says where to open the page once it answers. Ends as the server ends.
 */
const dataDir = process.env.RAGTIME_DATA_DIR || '.data'
const port = process.env.PORT || '3000'
const host = process.env.HOST || '127.0.0.1'
const isFirst = !existsSync(join(dataDir, 'ragtime.db'))
const credentials = localCredentials(dataDir, process.env)

const server = spawn(process.execPath, [fileURLToPath(new URL('../.output/server/index.mjs', import.meta.url))], {
  stdio: ['inherit', 'pipe', 'inherit'],
  env: {
    ...process.env,
    NODE_ENV: 'production',
    PORT: port,
    HOST: host,
    RAGTIME_DATA_DIR: dataDir,
    RAGTIME_PASSWORD: credentials.password,
    RAGTIME_SESSION_SECRET: credentials.sessionSecret,
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal))
server.on('close', (code, signal) => process.exitCode = code ?? (signal ? 1 : 0))

let isReady = false
for await (const line of createInterface({ input: server.stdout })) {
  console.log(line)
  // The server's own word: whatever answers at the address may be another one, on other data.
  if (isReady || !line.startsWith('Listening on ')) continue
  isReady = true
  console.log(`
  Ragtime is ready.

  Open      http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}
  Password  ${credentials.given ? '(the one in RAGTIME_PASSWORD)' : credentials.password}
  Answers   ${process.env.ANTHROPIC_API_KEY ? 'Claude' : 'quoted from your documents; set ANTHROPIC_API_KEY for Claude\'s'}
  Data      ${dataDir}

  ${isFirst ? 'The sample documents are being read now. ' : ''}Stop with Ctrl+C.
`)
}
