/**
 * Kills the built server, and its readers of documents, again and again while documents come in, and looks whether anything
 * was lost, doubled, stuck or damaged:
 *
 *   npm run build && node bench/kill.ts [--rounds 50]
 *
 * Ends with an error at the first thing that is wrong.
 */
import { startServer } from '../tests/server/support/server.ts'
import { runKillRounds } from '../tests/server/support/kill-rounds.ts'

const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 50
const server = await startServer()
try {
  const { killed, documents, longestMs } = await runKillRounds(server, rounds, line => console.log(line))
  console.log(`\n${rounds} rounds survived: ${killed.server} kills of the server, ${killed.reader} of its readers`)
  console.log(`${documents} documents acknowledged, each there once and whole; the longest wait after a kill was ${(longestMs / 1000).toFixed(1)} s`)
}
finally {
  await server.stop()
}
