/** What Nuxt imports by itself in the composables under test; the tests put stand-ins in their place. */
declare function useApi(): <T>(path: string) => Promise<T>
declare function toApiError(error: unknown): { status: number }
