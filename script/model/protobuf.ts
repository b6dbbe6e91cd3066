/**
 * The part of the Protocol Buffers wire format that an ONNX file needs: varints, 32-bit floats and length-delimited
 * fields. Source: https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** An encoded field or a row of fields; concatenating fields gives a message. */
export type Encoded = Buffer

export function message(...fields: (Encoded | Encoded[])[]): Encoded {
  return Buffer.concat(fields.flat())
}

/** A 64-bit integer; negative ones take ten bytes of two's complement, as the format asks. */
export function integerField(field: number, value: number | bigint): Encoded {
  return message(key(field, VARINT), varint(BigInt(value)))
}

export function floatField(field: number, value: number): Encoded {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return message(key(field, FIXED32), bytes)
}

/** A string, raw bytes, or a message inside a message. */
export function bytesField(field: number, value: string | Uint8Array): Encoded {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([key(field, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes])
}

function key(field: number, wireType: number): Encoded {
  return varint(BigInt(field << 3 | wireType))
}

function varint(value: bigint): Encoded {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const more = rest > 127n
    bytes.push(Number(rest & 127n) | (more ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}
