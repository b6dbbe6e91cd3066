import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSamples } from './samples.ts'
import { SHARED_SETS } from './shared.ts'
import { SET_NAMES, type EvaluationSet, type SetName } from './types.ts'

/** Beside the repository; no part of it. */
export const SHARED_FOLDER = fileURLToPath(new URL('../../../shared/eval', import.meta.url))

/** Sets that can be read here: the samples always, the others where their data is. */
export function availableSets(folder = SHARED_FOLDER): SetName[] {
  return SET_NAMES.filter(name => name === 'samples' || existsSync(join(folder, SHARED_SETS[name].file)))
}

/** @throws Error when its data is not there */
export async function readSet(name: SetName, folder = SHARED_FOLDER): Promise<EvaluationSet> {
  return name === 'samples' ? readSamples() : SHARED_SETS[name].read(name, folder)
}
