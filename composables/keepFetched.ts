import type { NuxtApp } from '#app'

/**
 * For data that a whole visit shares (`getCachedData` of useAsyncData): a component that comes later takes what is
 * there; only `refresh` asks the server again. By default each one that is set up would.
 */
export function keepFetched<T>(key: string, nuxtApp: NuxtApp, context: { cause: string }): T | undefined {
  return context.cause === 'initial' ? nuxtApp.payload.data[key] as T | undefined : undefined
}
