import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A tensor as it is stored: `value = scale × byte + minimum`, the bytes in row-major order. */
export interface QuantizedTensor { shape: number[], bytes: Uint8Array, scale: number, minimum: number }

interface ManifestEntry {
  name: string
  shape: number[]
  dtype: 'float32' | 'int32'
  quantization?: { dtype: 'uint8' | 'uint16' | 'float16', scale: number, min: number }
}
interface LayersModel { weightsManifest: { paths: string[], weights: ManifestEntry[] }[] }

const BYTES_PER_VALUE = { uint8: 1, uint16: 2, float16: 2 }

/**
 * Reads the 8-bit tensors of a TensorFlow.js graph model (`model.json` and its shard), by their TensorFlow names.
 * Format: https://www.tensorflow.org/js/guide/save_load and the converter's quantization.py.
 *
 * @throws when the shard does not hold exactly what the manifest says
 */
export function readWeights(folder: string): Map<string, QuantizedTensor> {
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as LayersModel
  const [group, ...more] = model.weightsManifest
  if (!group || more.length > 0 || group.paths.length !== 1) throw new Error(`Expected one weight file in ${folder}`)
  const data = readFileSync(join(folder, group.paths[0]!))
  const tensors = new Map<string, QuantizedTensor>()
  let offset = 0
  for (const { name, shape, quantization } of group.weights) {
    const values = shape.reduce((product, size) => product * size, 1)
    const length = values * (quantization ? BYTES_PER_VALUE[quantization.dtype] : 4)
    if (quantization?.dtype === 'uint8') {
      tensors.set(name, { shape, bytes: data.subarray(offset, offset + length), scale: quantization.scale, minimum: quantization.min })
    }
    offset += length
  }
  if (offset !== data.length) throw new Error(`The weight file has ${data.length} bytes, its manifest describes ${offset}`)
  return tensors
}

export function dequantize(tensor: QuantizedTensor): Float32Array {
  return Float32Array.from(tensor.bytes, byte => tensor.scale * byte + tensor.minimum)
}

/** The byte that stands for zero. */
export function zeroPoint(tensor: QuantizedTensor): number {
  return Math.round(-tensor.minimum / tensor.scale)
}
