import { lookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { refusedAddress, type WebGuard } from './guard.ts'

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<LookupAddress[]>

/** As the system resolves names, its hosts file included. */
export const resolveBySystem: Resolve = name => new Promise((resolve, reject) => {
  lookup(name, { all: true }, (error, addresses) => error ? reject(error) : resolve(addresses))
})

/**
 * The look-up that a connection itself makes: what it returns is what is connected to, so that a name cannot have one
 * address when it is checked and another when it is used. One address that is refused refuses the name.
 */
export function guardedLookup(guard: WebGuard, resolve: Resolve): LookupFunction {
  return (name, options, callback) => {
    resolve(name).then((addresses) => {
      const [first] = addresses
      if (!first) throw Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' })
      if (!addresses.every(({ address }) => guard.allows(address))) throw refusedAddress()
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    }).catch((error: NodeJS.ErrnoException) => callback(error, []))
  }
}
