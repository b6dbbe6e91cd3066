import { GraphBuilder, type OnnxFiles, type Value } from './onnx.ts'
import { quantizeColumns } from './quantize.ts'
import { dequantize, zeroPoint, type QuantizedTensor } from './weights.ts'

/** all-MiniLM-L6-v2: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/blob/main/config.json */
const HIDDEN = 384
const LAYERS = 6
const HEADS = 12
const HEAD_SIZE = HIDDEN / HEADS
const LAYER_NORM_EPSILON = 1e-12
const LOWEST_FLOAT = -3.4028234663852886e38

const BERT = 'StatefulPartitionedCall/model/tf_bert_model/bert/'
/** The converter lost the names of the three embedding tables. */
const WORD_TABLE = 'unknown'
const POSITION_TABLE = 'unknown_0'
const TYPE_TABLE = 'unknown_1'

export type Precision = 'int8' | 'float32'

/**
 * Builds the BERT encoder as an ONNX file with the inputs `input_ids`, `attention_mask` and `token_type_ids`
 * (int64, batch × sequence) and the output `last_hidden_state` (float32, batch × sequence × 384).
 *
 * With `int8` the matrix products run on 8-bit integers, activations quantised as they come; the rest is float.
 * `float32` computes with the same stored weights in floating point and is there to compare with.
 */
export function buildMiniLm(weights: Map<string, QuantizedTensor>, precision: Precision, dataFile: string): OnnxFiles {
  const graph = new GraphBuilder(dataFile)
  const shape = ['batch_size', 'sequence_length']
  const ids = graph.input('input_ids', 'int64', shape)
  const attentionMask = graph.input('attention_mask', 'int64', shape)
  const types = graph.input('token_type_ids', 'int64', shape)

  const weight = (name: string): QuantizedTensor => {
    const tensor = weights.get(name)
    if (!tensor) throw new Error(`The weights hold no tensor ${name}`)
    return tensor
  }
  const floats = (name: string): Value => graph.constant(name, 'float32', weight(name).shape, dequantize(weight(name)))

  /** Rows of a table; the 12 MB word table stays in bytes and only the rows that are read become floats. */
  const lookUp = (table: string, rows: Value): Value => {
    if (precision === 'float32') return graph.node('Gather', [floats(table), rows])
    const tensor = weight(table)
    const bytes = graph.node('Gather', [graph.constant(table, 'uint8', tensor.shape, tensor.bytes), rows])
    const zero = graph.constant(`${table}/zero_point`, 'uint8', [], Uint8Array.of(zeroPoint(tensor)))
    return graph.node('DequantizeLinear', [bytes, graph.scalar(tensor.scale), zero])
  }

  const quantized = new Map<Value, Value[]>()
  /** Query, key and value share one quantised input. */
  const quantizeActivation = (input: Value): Value[] => {
    const known = quantized.get(input) ?? graph.nodeWithOutputs('DynamicQuantizeLinear', [input], 3)
    quantized.set(input, known)
    return known
  }

  /** input × weights + bias */
  const dense = (input: Value, name: string): Value => {
    const matrix = `${name}/Tensordot/ReadVariableOp`
    const bias = floats(`${name}/BiasAdd/ReadVariableOp`)
    if (precision === 'float32') return graph.node('Add', [graph.node('MatMul', [input, floats(matrix)]), bias])
    const { values, scales } = quantizeColumns(weight(matrix))
    const [bytes, scale, zero] = quantizeActivation(input) as [Value, Value, Value]
    const sums = graph.node('MatMulInteger', [bytes, graph.constant(matrix, 'int8', weight(matrix).shape, values), zero])
    const columnScales = graph.constant(`${matrix}/scales`, 'float32', [scales.length], scales)
    const product = graph.node('Mul', [graph.node('Cast', [sums], { to: { int: 1 } }), graph.node('Mul', [scale, columnScales])])
    return graph.node('Add', [product, bias])
  }

  const layerNorm = (input: Value, name: string): Value => graph.node('LayerNormalization', [
    input, floats(`${name}/batchnorm/mul/ReadVariableOp`), floats(`${name}/batchnorm/ReadVariableOp`),
  ], { axis: { int: -1 }, epsilon: { float: LAYER_NORM_EPSILON } })

  const length = graph.node('Slice', [graph.node('Shape', [ids]), graph.integers([1]), graph.integers([2]), graph.integers([0])])
  const positionRows = graph.node('Slice', [floats(POSITION_TABLE), graph.integers([0]), length, graph.integers([0])])
  const positions = graph.node('Unsqueeze', [positionRows, graph.integers([0])])
  const words = graph.node('Add', [lookUp(WORD_TABLE, ids), lookUp(TYPE_TABLE, types)])
  let hidden = layerNorm(graph.node('Add', [words, positions]), `${BERT}embeddings/LayerNorm`)

  const kept = graph.node('Cast', [graph.node('Unsqueeze', [attentionMask, graph.integers([1, 2])])], { to: { int: 1 } })
  const mask = graph.node('Mul', [graph.node('Sub', [graph.scalar(1), kept]), graph.scalar(LOWEST_FLOAT)])

  const splitHeads = (input: Value, order: number[]): Value => graph.node('Transpose',
    [graph.node('Reshape', [input, graph.integers([0, 0, HEADS, HEAD_SIZE])])], { perm: { ints: order } })

  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `${BERT}encoder/layer_._${layer}/`
    const query = splitHeads(dense(hidden, `${name}attention/self/query`), [0, 2, 1, 3])
    const key = splitHeads(dense(hidden, `${name}attention/self/key`), [0, 2, 3, 1])
    const value = splitHeads(dense(hidden, `${name}attention/self/value`), [0, 2, 1, 3])
    const scores = graph.node('Div', [graph.node('MatMul', [query, key]), graph.scalar(Math.sqrt(HEAD_SIZE))])
    const attention = graph.node('Softmax', [graph.node('Add', [scores, mask])], { axis: { int: -1 } })
    const heads = graph.node('Transpose', [graph.node('MatMul', [attention, value])], { perm: { ints: [0, 2, 1, 3] } })
    const context = graph.node('Reshape', [heads, graph.integers([0, 0, HIDDEN])])
    const attended = layerNorm(
      graph.node('Add', [dense(context, `${name}attention/output/dense`), hidden]), `${name}attention/output/LayerNorm`)
    const activated = gelu(graph, dense(attended, `${name}intermediate/dense`))
    hidden = layerNorm(graph.node('Add', [dense(activated, `${name}output/dense`), attended]), `${name}output/LayerNorm`)
  }
  graph.output('last_hidden_state', hidden, 'float32', [...shape, HIDDEN])
  return graph.build('all-MiniLM-L6-v2', 'ragtime')
}

/** x · (1 + erf(x / √2)) / 2, https://arxiv.org/abs/1606.08415 */
function gelu(graph: GraphBuilder, input: Value): Value {
  const erf = graph.node('Erf', [graph.node('Div', [input, graph.scalar(Math.SQRT2)])])
  return graph.node('Mul', [graph.node('Mul', [input, graph.node('Add', [erf, graph.scalar(1)])]), graph.scalar(0.5)])
}
