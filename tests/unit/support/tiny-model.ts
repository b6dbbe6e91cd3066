import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { GraphBuilder } from '../../../script/model/onnx.ts'
import { repository } from './program.ts'

const TOKENIZER = join(repository, '.model/all-MiniLM-L6-v2')
const VOCABULARY = 30_522

export interface TinyModel {
  dimensions?: number
  /** Whether the file asks for `token_type_ids`. */
  tokenTypes?: boolean
  output?: string
  /** Where the ONNX file lies; by default as hubs have it. */
  file?: string
  /** Files of the model that are JSON, by their paths; null leaves one out. */
  settings?: Record<string, unknown>
}

/**
 * Writes a model in the layout of a hub, with MiniLM's tokenizer and the word vectors of chance: a text's token vectors are a
 * tenth of the token's own and the mean of all, so that the first and the last token know the text as well. Its weights lie in a
 * file beside, as those of large models do. Needs the built model.
 */
export function writeTinyModel(dir: string, { dimensions = 64, tokenTypes = true, output = 'last_hidden_state', file = 'onnx/model_quantized.onnx', settings = {} }: TinyModel = {}): string {
  const graph = new GraphBuilder(`${basename(file)}_data`)
  const shape = ['batch_size', 'sequence_length']
  const ids = graph.input('input_ids', 'int64', shape)
  graph.input('attention_mask', 'int64', shape)
  const types = tokenTypes ? graph.input('token_type_ids', 'int64', shape) : null
  let words = graph.node('Gather', [table(graph, 'words', VOCABULARY, dimensions, 1), ids])
  if (types) words = graph.node('Add', [words, graph.node('Gather', [table(graph, 'types', 2, dimensions, 0.01), types])])
  const mean = graph.node('ReduceMean', [words], { axes: { ints: [1] }, keepdims: { int: 1 } })
  graph.output(output, graph.node('Add', [graph.node('Mul', [words, graph.scalar(0.1)]), mean]), 'float32', [...shape, dimensions])
  const { model, data } = graph.build('tiny', 'ragtime')
  const path = join(dir, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, model)
  writeFileSync(`${path}_data`, data)
  writeSettings(dir, { 'config.json': { hidden_size: dimensions, max_position_embeddings: 512 }, '1_Pooling/config.json': { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }, ...settings })
  return dir
}

/** MiniLM's tokenizer and the given JSON files; null leaves one out. */
function writeSettings(dir: string, files: Record<string, unknown>): void {
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(TOKENIZER, name), join(dir, name))
  for (const [name, content] of Object.entries(files)) {
    if (content === null) continue
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), JSON.stringify(content))
  }
}

export interface TinyCrossEncoder {
  /** Numbers that it gives for a pair, all the same. */
  labels?: number
  /** Gives no number at all. */
  broken?: boolean
  output?: string
  settings?: Record<string, unknown>
}

/**
 * Writes a cross-encoder in the layout of a hub, with MiniLM's tokenizer and the word vectors of chance: the more words a
 * question and a text share for their length, the higher its number. Needs the built model.
 */
export function writeTinyCrossEncoder(dir: string, { labels = 1, broken = false, output = 'logits', settings = {} }: TinyCrossEncoder = {}): string {
  const file = 'onnx/model_quantized.onnx'
  const graph = new GraphBuilder(`${basename(file)}_data`)
  const shape = ['batch_size', 'sequence_length']
  const ids = graph.input('input_ids', 'int64', shape)
  graph.input('attention_mask', 'int64', shape)
  const types = graph.input('token_type_ids', 'int64', shape)
  const dimensions = 128
  const words = graph.node('Gather', [table(graph, 'words', VOCABULARY, dimensions, 1), ids])
  const [query, text] = [[1, 0], [0, 1]].map((marks) => {
    const own = graph.node('Gather', [graph.constant(`mark_${marks.join('')}`, 'float32', [2, 1], Float32Array.from(marks)), types])
    return graph.node('ReduceMean', [graph.node('Mul', [words, own])], { axes: { ints: [1] }, keepdims: { int: 0 } })
  })
  const nearness = graph.node('ReduceMean', [graph.node('Mul', [query!, text!])], { axes: { ints: [1] }, keepdims: { int: 1 } })
  const logit = graph.node('Mul', [nearness, graph.scalar(broken ? NaN : 500)])
  graph.output(output, labels === 1 ? logit : graph.node('Concat', Array.from({ length: labels }, () => logit), { axis: { int: 1 } }), 'float32', ['batch_size', labels])
  const { model, data } = graph.build('tiny', 'ragtime')
  mkdirSync(join(dir, dirname(file)), { recursive: true })
  writeFileSync(join(dir, file), model)
  writeFileSync(join(dir, `${file}_data`), data)
  writeSettings(dir, { 'config.json': { architectures: ['BertForSequenceClassification'], id2label: { 0: 'LABEL_0' }, max_position_embeddings: 512 }, ...settings })
  return dir
}

/** A table of numbers between -scale and scale, the same each time. */
function table(graph: GraphBuilder, name: string, rows: number, columns: number, scale: number): string {
  let state = 1
  const values = Float32Array.from({ length: rows * columns }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return scale * (state / 2 ** 31 - 1)
  })
  return graph.constant(name, 'float32', [rows, columns], values)
}
