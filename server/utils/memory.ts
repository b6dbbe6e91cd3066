import { totalmem } from 'node:os'

const MB = 1024 * 1024

/** Megabytes that this process and its children may use: the machine's, or its container's where that has fewer. */
export function memoryMb(): number {
  const constrained = process.constrainedMemory()
  return Math.floor(Math.min(totalmem(), constrained > 0 ? constrained : Infinity) / MB)
}
