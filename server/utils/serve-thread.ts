import { parentPort } from 'node:worker_threads'
import type { ThreadMessage, ThreadReply } from './worker-thread.ts'

/**
 * The worker's side of {@link import('./worker-thread.ts').WorkerThread}: says that it is ready, answers requests, and
 * leaves when it is told to. It leaves by itself because native code that is cut off while it computes takes the whole
 * process with it.
 *
 * @param transfer the buffers of a reply that are handed over instead of copied
 */
export function serveThread<Request, Reply>(
  handle: (request: Request) => Reply | Promise<Reply>,
  transfer: (reply: Reply) => ArrayBuffer[] = () => [],
): void {
  const port = parentPort!
  let work: Promise<void> = Promise.resolve()
  port.on('message', (message: ThreadMessage<Request>) => {
    if ('end' in message) void work.then(() => port.close())
    else work = work.then(() => answer(message.id, message.request))
  })

  async function answer(id: number, request: Request): Promise<void> {
    try {
      const value = await handle(request)
      port.postMessage({ id, ok: true, value } satisfies ThreadReply<Reply>, transfer(value))
    }
    catch (error) {
      port.postMessage({ id, ok: false, error: String(error) } satisfies ThreadReply<Reply>)
    }
  }

  port.postMessage({ ready: true } satisfies ThreadReply<Reply>)
}
