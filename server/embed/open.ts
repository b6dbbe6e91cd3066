import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { EmbedderChoice } from './choice.ts'
import { createHostedEmbedder, hostedId, probeDimensions, type HostedSettings } from './hosted/index.ts'
import { HUB_URL, installedModel, installedModels, installModel } from './hub.ts'
import { createLocalEmbedder } from './local.ts'
import { describeModel, unusable } from './model-folder.ts'
import { MODEL_MANIFEST, readModelManifest } from './model.ts'
import type { Embedder } from './types.ts'

export interface EmbedderSettings {
  choice: EmbedderChoice
  /** Address of the service or of the hub; null: the usual one. */
  url: string | null
  keys: { voyage: string | null, openai: string | null }
  /** How many numbers to ask a service for; null: what its model gives. */
  dimensions: number | null
}

export interface EmbedderPlaces {
  /** The model that comes with the product. */
  shippedDir: string
  /** Where models of a hub are kept. */
  modelsDir: string
  /** Path of worker.ts or of its bundle. */
  entry: string
}

/** Which embedder made an index, as the database knows it. */
export interface KnownIndex { embedderId: string, dimensions: number }

/**
 * The embedder that was chosen, as far as it is there without asking anybody: null when something has to be fetched or asked
 * first ({@link prepareEmbedder}).
 *
 * @param index the vector index that is there; a service that made it need not be asked what it is
 * @throws AppError when a model is there and cannot be used
 */
export async function openEmbedder({ choice, ...settings }: EmbedderSettings, places: EmbedderPlaces, index: KnownIndex | null): Promise<Embedder | null> {
  switch (choice.kind) {
    case 'none': return null
    case 'shipped': return existsSync(join(places.shippedDir, MODEL_MANIFEST)) ? openFolder(places.shippedDir, places) : null
    case 'folder': {
      if (!existsSync(choice.path)) throw unusable(basename(choice.path), `there is no folder ${choice.path}`)
      return openFolder(choice.path, places)
    }
    case 'hub': {
      const dir = installedModel(places.modelsDir, choice.id)
      return dir === null ? null : openFolder(dir, places)
    }
    case 'hosted': {
      const hosted = hostedSettings(choice, settings)
      if (!index || hostedId(hosted, index.dimensions) !== index.embedderId) return null
      return hosted.dimensions === null || hosted.dimensions === index.dimensions ? createHostedEmbedder(hosted, index.dimensions) : null
    }
  }
}

/**
 * Fetches a model from its hub, or asks a service for its dimensions, and opens the embedder.
 *
 * @throws AppError `embedder_unavailable` when another try may help, others when it cannot; or the signal's reason
 */
export async function prepareEmbedder(
  { choice, ...settings }: EmbedderSettings, places: EmbedderPlaces, signal: AbortSignal, onProgress?: (done: number, total: number) => void,
): Promise<Embedder | null> {
  if (choice.kind === 'hub') {
    const dir = await installModel({ hub: settings.url ?? HUB_URL, id: choice.id, modelsDir: places.modelsDir, signal, onProgress })
    return openFolder(dir, places)
  }
  if (choice.kind !== 'hosted') return null
  const hosted = hostedSettings(choice, settings)
  const dimensions = await probeDimensions(hosted, signal)
  return createHostedEmbedder(hosted, dimensions)
}

/**
 * The embedder that made an index and is not the chosen one any more, where it can still be had: the one that comes with the
 * product, one of a hub that lies in the data folder, or a service whose key is still set.
 *
 * @returns null where it cannot
 */
export async function reopenEmbedder(index: KnownIndex, { choice: _, ...settings }: EmbedderSettings, places: EmbedderPlaces): Promise<Embedder | null> {
  const dir = [places.shippedDir, ...installedModels(places.modelsDir)].find(folder => manifestId(folder) === index.embedderId)
  if (dir) return createLocalEmbedder({ modelDir: dir, manifest: readModelManifest(dir), entry: places.entry, help: false }).catch(() => null)
  const [, provider, model] = /^(voyage|openai):(.+?)(?:@[^@]*)?-\d+$/.exec(index.embedderId) ?? []
  if (!provider || !model) return null
  const hosted = hostedSettings({ kind: 'hosted', provider: provider as 'voyage' | 'openai', model }, { ...settings, dimensions: index.dimensions })
  const isSame = hostedId(hosted, index.dimensions) === index.embedderId && (hosted.apiKey !== null || hosted.url !== null)
  return isSame ? createHostedEmbedder(hosted, index.dimensions) : null
}

async function openFolder(modelDir: string, { entry }: EmbedderPlaces): Promise<Embedder> {
  const manifest = await describeModel(modelDir)
  try {
    return await createLocalEmbedder({ modelDir, manifest, entry })
  }
  catch (cause) {
    throw unusable(manifest.id, 'it could not be loaded; the log says why', cause)
  }
}

function hostedSettings({ provider, model }: EmbedderChoice & { kind: 'hosted' }, { url, keys, dimensions }: Omit<EmbedderSettings, 'choice'>): HostedSettings {
  return { provider, model, url, apiKey: keys[provider], dimensions }
}

function manifestId(dir: string): string | null {
  try {
    return readModelManifest(dir).id
  }
  catch {
    return null
  }
}
