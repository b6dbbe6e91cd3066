/** Questions that the sample documents answer. */
export function useSuggestions() {
  const api = useApi()
  return useAsyncData('suggestions', () => api<{ items: string[] }>('/api/suggestions'), { deep: false, dedupe: 'defer', getCachedData: keepFetched })
}
