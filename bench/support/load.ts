import { Agent, request } from 'node:http'

/**
 * Requests one address as fast as it answers, over 16 connections, and prints requests a second and milliseconds:
 *
 *   node bench/support/load.ts SECONDS PATH COOKIE [SOCKET]
 *
 * Without a socket on port 8080 of this network.
 */
const [seconds, path, cookie, socketPath] = process.argv.slice(2) as [string, string, string, string?]
const CONNECTIONS = 16
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const target = socketPath ? { socketPath } : { host: '127.0.0.1', port: 8080 }
const headers = { 'host': 'localhost', 'accept-encoding': 'br', ...cookie ? { cookie } : {} }

const times: number[] = []
const end = performance.now() + Number(seconds) * 1000
const began = performance.now()
await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
  while (performance.now() < end) times.push(await once())
}))
const sorted = times.toSorted((a, b) => a - b)
const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))]! * 100) / 100
console.log(JSON.stringify({ perSecond: Math.round(times.length / (performance.now() - began) * 1000), p50: at(0.5), p99: at(0.99) }))
agent.destroy()

function once(): Promise<number> {
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, path, agent, headers, timeout: 30_000 }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path} was answered ${response.statusCode}`))
      response.resume().once('end', () => resolve(performance.now() - start))
    })
    sent.once('error', reject).end()
  })
}
