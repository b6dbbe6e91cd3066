import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'

/**
 * Takes from this process what Node reaches the network with. It holds for code that does as Node's modules say, and so
 * catches a library that would fetch something. Against code that has broken out of its language it is no wall: that is
 * what the kernel's filter or namespace around the process is for (command.ts), where the platform has one.
 */
export function goOffline(): void {
  const refuse = () => {
    throw Object.assign(new Error('Documents are read without a network'), { code: 'ERR_ACCESS_DENIED' })
  }
  // Every connection of Node's own modules and of packages ends in one of these.
  Object.assign(net.Socket.prototype, { connect: refuse })
  Object.assign(net.Server.prototype, { listen: refuse })
  Object.assign(dgram.Socket.prototype, { bind: refuse, connect: refuse, send: refuse })
  const lookups = Object.keys(dns).filter(name => /^(?:lookup|resolve|reverse)/.test(name))
  for (const names of [dns, dns.promises]) Object.assign(names, Object.fromEntries(lookups.map(name => [name, refuse])))
  for (const name of ['fetch', 'WebSocket', 'EventSource']) Reflect.deleteProperty(globalThis, name)
}
