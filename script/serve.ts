import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { localCredentials } from '../server/utils/local-credentials.ts'

/**
 * Serves the built product for local use: makes a password and a session secret on the first start, keeps them in the
 * data folder, and says where to open the page once it answers.
 */
const START_LIMIT_MS = 30_000

const dataDir = process.env.RAGTIME_DATA_DIR || '.data'
const port = process.env.PORT || '3000'
const host = process.env.HOST || '127.0.0.1'
const credentials = localCredentials(dataDir, process.env)

const server = spawn(process.execPath, [fileURLToPath(new URL('../.output/server/index.mjs', import.meta.url))], {
  stdio: 'inherit',
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
server.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))

const address = `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`
const deadline = Date.now() + START_LIMIT_MS
while (Date.now() < deadline) {
  const answer = await fetch(`${address}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
  if (answer) break
  await new Promise(resolve => setTimeout(resolve, 100))
}
console.log(`
  Ragtime is ready.

  Open      ${address}
  Password  ${credentials.given ? '(the one in RAGTIME_PASSWORD)' : credentials.password}
  Answers   ${process.env.ANTHROPIC_API_KEY ? 'Claude' : 'quoted from your documents; set ANTHROPIC_API_KEY for Claude\'s'}
  Data      ${dataDir}

  The sample documents are being read now. Stop with Ctrl+C.
`)
