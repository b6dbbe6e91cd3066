import { z } from 'zod'

export const loginSchema = z.object({
  password: z.string({ error: 'Enter the password.' }).min(1, 'Enter the password.').max(1_000),
}).strict()

export interface SessionInfo { authenticated: boolean, expiresAt: string | null }
