import type { Status } from '#shared/schemas/status'

/** Mode and document counts of this copy; one request for all who ask. */
export function useStatus() {
  const api = useApi()
  return useAsyncData('status', () => api<Status>('/api/status'), { deep: false, dedupe: 'defer', getCachedData: keepFetched })
}
