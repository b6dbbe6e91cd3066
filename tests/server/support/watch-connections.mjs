// Preloaded into a server under test: writes down where each of its sockets goes, in all of its threads.
import { appendFileSync } from 'node:fs'
import net from 'node:net'

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...given) {
  // Node hands on what it has normalised already as an array.
  const [first, second] = Array.isArray(given[0]) ? given[0] : given
  const { host, port, path } = typeof first === 'object' ? first : { port: first, host: second }
  appendFileSync(process.env.CONNECTIONS_LOG, `${path ?? `${host ?? 'localhost'}:${port}`}\n`)
  return connect.apply(this, given)
}
