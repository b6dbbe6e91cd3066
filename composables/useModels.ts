import type { ModelList } from '#shared/schemas/chats'

/** The models that can answer, with what each one needs. */
export function useModels() {
  const api = useApi()
  return useAsyncData('models', () => api<ModelList>('/api/models'), { deep: false, dedupe: 'defer', getCachedData: keepFetched })
}
