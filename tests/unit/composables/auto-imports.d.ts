/** What Nuxt imports by itself in the composables under test; the tests put stand-ins in their place. */
declare function useApi(): <T>(path: string, options?: { method?: string, body?: Record<string, unknown> }) => Promise<T>
declare function toApiError(error: unknown): { status: number }
declare function useState<T>(key: string, initial: () => T): { value: T }
declare function useRouter(): { currentRoute: { value: { fullPath: string } } }
declare function navigateTo(to: { path: string, query: Record<string, string> }): Promise<unknown>
declare function readonly<T>(ref: T): Readonly<T>
