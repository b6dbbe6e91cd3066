import { MAX_WINDOW } from '../registry.ts'

/** What has to be known about a cross-encoder and does not follow from its ONNX file. */
export interface CrossEncoderTraits {
  /** Longest pair of question and text in tokens, the special ones included. */
  window: number
}

/**
 * Cross-encoders by the last part of their name on the hub, from their model cards (https://huggingface.co/NAME). Each gives
 * one number for a pair, and their cards put it through the sigmoid or were trained so. None of them has been run with
 * Ragtime: there was no network where this was written.
 */
const KNOWN_CROSS_ENCODERS: Record<string, CrossEncoderTraits> = {
  'ms-marco-TinyBERT-L-2-v2': { window: 512 },
  'ms-marco-MiniLM-L-6-v2': { window: 512 },
  'ms-marco-MiniLM-L-12-v2': { window: 512 },
  'mmarco-mMiniLMv2-L12-H384-v1': { window: 512 },
  'bge-reranker-base': { window: 512 },
  'bge-reranker-large': { window: 512 },
  'bge-reranker-v2-m3': { window: MAX_WINDOW },
  'mxbai-rerank-xsmall-v1': { window: 512 },
  'mxbai-rerank-base-v1': { window: 512 },
}

export const KNOWN_CROSS_ENCODER_NAMES = Object.keys(KNOWN_CROSS_ENCODERS)

/** The traits of a cross-encoder that is called so, whoever has converted it and whatever the case of its letters; null: unknown. */
export function knownCrossEncoder(name: string): CrossEncoderTraits | null {
  const found = KNOWN_CROSS_ENCODER_NAMES.find(known => known.toLowerCase() === name.toLowerCase())
  return found === undefined ? null : KNOWN_CROSS_ENCODERS[found]!
}
