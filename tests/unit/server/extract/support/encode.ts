/** Bytes of a text in a legacy encoding, found by decoding every character that it has. Throws on one that it has not. */
export function encode(text: string, encoding: string): Buffer {
  const table = tableOf(encoding)
  return Buffer.concat([...text].map((character) => {
    const bytes = table.get(character)
    if (!bytes) throw new Error(`${encoding} has no ${character}`)
    return bytes
  }))
}

const tables = new Map<string, Map<string, Buffer>>()

function tableOf(encoding: string): Map<string, Buffer> {
  const known = tables.get(encoding)
  if (known) return known
  const decoder = new TextDecoder(encoding)
  const table = new Map<string, Buffer>()
  const add = (bytes: Buffer) => {
    const text = decoder.decode(bytes)
    if ([...text].length === 1 && text !== '\uFFFD' && !table.has(text)) table.set(text, bytes)
  }
  for (let byte = 0; byte < 256; byte++) add(Buffer.from([byte]))
  for (let first = 0x81; first < 0xFF; first++) for (let second = 0x30; second < 0xFF; second++) add(Buffer.from([first, second]))
  tables.set(encoding, table)
  return table
}
