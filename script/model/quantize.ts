import { dequantize, type QuantizedTensor } from './weights.ts'

/** Columns of a matrix in signed bytes: `value = scale of its column × byte`. */
export interface QuantizedColumns { values: Int8Array, scales: Float32Array }

/**
 * Requantises a stored matrix (rows × columns) with one scale a column and zero at byte 0.
 *
 * The stored bytes have one scale and an off-centre zero for the whole matrix; shifted into signed bytes, three of the
 * matrices lie around -90. Processors without VNNI add two products in 16 bits, and such pairs overflow there.
 * Centred columns do not, and most get a finer step than the stored one.
 */
export function quantizeColumns(tensor: QuantizedTensor): QuantizedColumns {
  const [rows, columns] = tensor.shape as [number, number]
  const floats = dequantize(tensor)
  const scales = new Float32Array(columns)
  for (let i = 0; i < floats.length; i++) {
    const column = i % columns
    scales[column] = Math.max(scales[column]!, Math.abs(floats[i]!) / 127)
  }
  const values = new Int8Array(rows * columns)
  for (let i = 0; i < floats.length; i++) {
    const scale = scales[i % columns]!
    values[i] = scale === 0 ? 0 : Math.round(floats[i]! / scale)
  }
  return { values, scales }
}
