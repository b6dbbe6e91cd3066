import { InferenceSession, Tensor } from 'onnxruntime-node'

/** One text, or two that are read as a pair, in tokens of the model; `types` tells for each which of the two it belongs to. */
export interface EncodedText { ids: number[], types?: number[] }

/** What a converter may ask for, for one text of this many tokens. DistilBERT and XLM-RoBERTa know no token types. */
const INPUTS: Record<string, (text: EncodedText) => BigInt64Array> = {
  input_ids: ({ ids }) => BigInt64Array.from(ids, BigInt),
  attention_mask: ({ ids }) => new BigInt64Array(ids.length).fill(1n),
  token_type_ids: ({ ids, types }) => types ? BigInt64Array.from(types, BigInt) : new BigInt64Array(ids.length),
}

/** Opens an ONNX file for one text at a time. @throws Error when it cannot be read or asks for what no encoder of texts has */
export async function openSession(path: string): Promise<InferenceSession> {
  const session = await InferenceSession.create(path, {
    // One: a second core is used by a second thread with a text of its own (see threads.ts).
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  })
  const unknown = session.inputNames.filter(name => !Object.hasOwn(INPUTS, name))
  if (unknown.length > 0) throw new Error(`The model asks for inputs that no sentence encoder has: ${unknown.join(', ')}`)
  return session
}

/** Runs the model on one text; what `use` is given is gone afterwards. @throws Error for numbers of another type than float32 */
export async function runSession<Result>(session: InferenceSession, text: EncodedText, output: string, use: (values: Float32Array, dims: readonly number[]) => Result): Promise<Result> {
  const shape = [1, text.ids.length]
  const result = await session.run(Object.fromEntries(session.inputNames.map(name => [name, new Tensor('int64', INPUTS[name]!(text), shape)])), [output])
  const values = result[output]!
  if (values.type !== 'float32') throw new Error(`The model gives numbers of the type ${values.type}, not float32`)
  const used = use(values.data as Float32Array, values.dims)
  values.dispose()
  return used
}
