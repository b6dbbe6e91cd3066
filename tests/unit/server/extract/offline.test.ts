import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MODULE = fileURLToPath(new URL('../../../../server/extract/offline.ts', import.meta.url))

/** In a process of its own: what is taken away stays away. */
const PROGRAM = `
  import { createSocket } from 'node:dgram'
  import dns from 'node:dns'
  import { get } from 'node:http'
  import { connect, createServer } from 'node:net'
  import { connect as secure } from 'node:tls'
  const attempt = async (work) => { try { await work(); return 'allowed' } catch (error) { return error.code ?? error.name } }
  const { goOffline } = await import(process.argv[1])
  goOffline()
  console.log(JSON.stringify({
    connect: await attempt(() => connect(9, '127.0.0.1')),
    tls: await attempt(() => secure(9, '127.0.0.1')),
    http: await attempt(() => get('http://127.0.0.1:9')),
    listen: await attempt(() => createServer().listen(0)),
    udp: await attempt(() => createSocket('udp4').send('x', 9, '127.0.0.1')),
    lookup: await attempt(() => dns.lookup('localhost', () => {})),
    resolve: await attempt(() => dns.promises.resolve4('localhost')),
    fetch: await attempt(() => fetch('http://127.0.0.1:9')),
  }))
  process.exit()`

describe('goOffline', () => {
  it('takes from Node every way to the network, and leaves standard input and output', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', MODULE], { encoding: 'utf8', timeout: 20_000 })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      connect: 'ERR_ACCESS_DENIED', tls: 'ERR_ACCESS_DENIED', http: 'ERR_ACCESS_DENIED', listen: 'ERR_ACCESS_DENIED',
      udp: 'ERR_ACCESS_DENIED', lookup: 'ERR_ACCESS_DENIED', resolve: 'ERR_ACCESS_DENIED', fetch: 'ReferenceError',
    })
  })
})
