import { startServer, type StartOptions, type TestServer } from '../../server/support/server.ts'
import { startNginx, type Nginx, type NginxOptions } from './nginx.ts'

export interface Product {
  nginx: Nginx
  /** Its requests go through nginx. */
  server: TestServer
  stop: () => Promise<void>
}

/** The built product on its socket behind nginx, as it is deployed. */
export async function startProduct({ app = {}, proxy = {} }: { app?: StartOptions, proxy?: NginxOptions } = {}): Promise<Product> {
  const nginx = await startNginx(proxy)
  const server = await startServer({ ...app, port: nginx.port, env: { RAGTIME_EMBEDDER: 'none', NITRO_UNIX_SOCKET: nginx.socket, ...app.env } })
  return {
    nginx,
    server,
    stop: async () => {
      await server.stop()
      await nginx.stop()
    },
  }
}
