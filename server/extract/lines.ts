import type { Readable } from 'node:stream'

const NEWLINE = 0x0A

/**
 * Lines of a byte stream, read only as fast as they are asked for. Throws RangeError on a line of more than `maxBytes`.
 * `count` hears of all bytes as they come. What follows the last line end is no line.
 */
export async function* readLines(stream: Readable, maxBytes: number, count: (bytes: number) => void): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    count(chunk.length)
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end))
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      length = 0
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > maxBytes) throw new RangeError(`A line is longer than ${maxBytes} bytes`)
  }
}
