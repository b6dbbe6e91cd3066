import { bytesField, floatField, integerField, message, type Encoded } from './protobuf.ts'

/** TensorProto.DataType, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers below from the same file). */
export const DATA_TYPE = { float32: 1, uint8: 2, int8: 3, int64: 7 } as const
type DataType = keyof typeof DATA_TYPE

const IR_VERSION = 8
/** The first with LayerNormalization as an operator of its own. */
const OPSET_VERSION = 17

/** Tensors from this size on go to the data file; below it the reference would be longer than the data. */
const EXTERNAL_FROM_BYTES = 1_024
/** Page size, so that the runtime can map a tensor from the file instead of reading it. */
const ALIGNMENT = 4_096

export interface OnnxFiles {
  /** The graph. */
  model: Buffer
  /** The tensors; the graph refers to them by the name of the data file, offset and length. */
  data: Buffer
}

export type Attribute = { int: number } | { float: number } | { ints: number[] }
/** The name of a value in the graph. */
export type Value = string

/** Collects nodes and constants in the order they are used, which ONNX asks to be topological, and writes the file. */
export class GraphBuilder {
  readonly #nodes: Encoded[] = []
  readonly #constants = new Map<string, Encoded>()
  readonly #inputs: Encoded[] = []
  readonly #outputs: Encoded[] = []
  readonly #dataFile: string
  readonly #data: Uint8Array[] = []
  #dataLength = 0

  /**
   * @param dataFile name of the file beside the model that will hold the tensors. The runtime maps it: against one file
   * with everything inside, loading MiniLM takes 39 MB of memory instead of 67.
   */
  constructor(dataFile: string) {
    this.#dataFile = dataFile
  }

  /** Declares an input; a string among the dimensions names one that may vary. */
  input(name: string, type: DataType, shape: (number | string)[]): Value {
    this.#inputs.push(bytesField(11, valueInfo(name, type, shape)))
    return name
  }

  output(name: string, value: Value, type: DataType, shape: (number | string)[]): void {
    this.#node('Identity', [value], [name], {})
    this.#outputs.push(bytesField(12, valueInfo(name, type, shape)))
  }

  /** A tensor stored in the file; giving a name again returns the first one. */
  constant(name: string, type: DataType, shape: number[], data: ArrayBufferView): Value {
    if (!this.#constants.has(name)) {
      const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      this.#constants.set(name, bytesField(5, message(
        shape.map(size => integerField(1, size)), integerField(2, DATA_TYPE[type]), bytesField(8, name),
        raw.byteLength < EXTERNAL_FROM_BYTES ? bytesField(9, raw) : this.#external(raw),
      )))
    }
    return name
  }

  /** A one-dimensional list of integers, as shapes, axes and bounds are given. */
  integers(values: number[]): Value {
    return this.constant(`int64_${values.join('_')}`, 'int64', [values.length], BigInt64Array.from(values.map(BigInt)))
  }

  scalar(value: number): Value {
    return this.constant(`float_${value}`, 'float32', [], Float32Array.of(value))
  }

  /** Adds an operator with one result. */
  node(operator: string, inputs: Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.nodeWithOutputs(operator, inputs, 1, attributes)[0]!
  }

  nodeWithOutputs(operator: string, inputs: Value[], count: number, attributes: Record<string, Attribute> = {}): Value[] {
    const outputs = Array.from({ length: count }, (_, i) => `${operator}_${this.#nodes.length}_${i}`)
    this.#node(operator, inputs, outputs, attributes)
    return outputs
  }

  build(name: string, producer: string): OnnxFiles {
    const graph = message(this.#nodes, bytesField(2, name), [...this.#constants.values()], this.#inputs, this.#outputs)
    const model = message(
      integerField(1, IR_VERSION), bytesField(2, producer), bytesField(7, graph),
      bytesField(8, message(bytesField(1, ''), integerField(2, OPSET_VERSION))),
    )
    return { model, data: Buffer.concat(this.#data) }
  }

  /** Puts bytes into the data file and returns the fields that refer to them. */
  #external(raw: Uint8Array): Encoded {
    const entries = { location: this.#dataFile, offset: this.#dataLength, length: raw.byteLength }
    const padding = new Uint8Array((ALIGNMENT - raw.byteLength % ALIGNMENT) % ALIGNMENT)
    this.#data.push(raw, padding)
    this.#dataLength += raw.byteLength + padding.length
    return message(
      Object.entries(entries).map(([key, value]) => bytesField(13, message(bytesField(1, key), bytesField(2, String(value))))),
      integerField(14, 1),
    )
  }

  #node(operator: string, inputs: Value[], outputs: Value[], attributes: Record<string, Attribute>): void {
    this.#nodes.push(bytesField(1, message(
      inputs.map(input => bytesField(1, input)), outputs.map(output => bytesField(2, output)),
      bytesField(3, `node_${this.#nodes.length}`), bytesField(4, operator),
      Object.entries(attributes).map(([key, value]) => bytesField(5, attribute(key, value))),
    )))
  }
}

function attribute(name: string, value: Attribute): Encoded {
  if ('int' in value) return message(bytesField(1, name), integerField(3, value.int), integerField(20, 2))
  if ('float' in value) return message(bytesField(1, name), floatField(2, value.float), integerField(20, 1))
  return message(bytesField(1, name), value.ints.map(int => integerField(8, int)), integerField(20, 7))
}

function valueInfo(name: string, type: DataType, shape: (number | string)[]): Encoded {
  const dimensions = shape.map(size => bytesField(1, typeof size === 'string' ? bytesField(2, size) : integerField(1, size)))
  const tensorType = message(integerField(1, DATA_TYPE[type]), bytesField(2, message(dimensions)))
  return message(bytesField(1, name), bytesField(2, bytesField(1, tensorType)))
}
