import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

interface PasswordHash { ln: number, r: number, p: number, salt: Buffer, key: Buffer }

/** 80 ms and 32 MiB a try on a small machine; 2^17 would take 128 MiB, which the smallest one does not have to spare. */
const COST = { ln: 15, r: 8, p: 1 }
const KEY_BYTES = 32
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)={0,2}\$([A-Za-z0-9+/]+)={0,2}$/
/** Most memory a configured hash may ask for. */
const MAX_MEMORY = 256 * 1024 * 1024

/** Whether the configured password is meant as a hash. */
export function looksHashed(password: string): boolean {
  return password.startsWith('$scrypt$')
}

/** Reads `$scrypt$ln=15,r=8,p=1$salt$key` (PHC string format); null when it is not one or asks for too much. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const match = PHC.exec(text)
  if (!match) return null
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [salt, key] = [Buffer.from(match[4]!, 'base64'), Buffer.from(match[5]!, 'base64')]
  const sound = ln >= 10 && r >= 1 && p >= 1 && p <= 16 && 128 * 2 ** ln * r <= MAX_MEMORY && salt.length >= 8 && key.length >= 16
  return sound ? { ln, r, p, salt, key } : null
}

/** The password as a PHC string, which can stand in RAGTIME_PASSWORD in its place. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, { ...COST, salt, key: Buffer.alloc(KEY_BYTES) })
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${phcBase64(salt)}$${phcBase64(key)}`
}

/**
 * Checks candidates against the owner's password, plain or hashed. Both take the same time: a plain one is hashed when
 * it is first asked for. One hash is made at a time, whatever comes in, because each takes 32 MiB.
 */
export class PasswordVerifier {
  readonly #configured: string
  #expected: Promise<PasswordHash> | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(configured: string) {
    this.#configured = configured
  }

  verify(candidate: string): Promise<boolean> {
    const result = this.#last.then(() => this.#verify(candidate))
    this.#last = result.catch(() => {})
    return result
  }

  async #verify(candidate: string): Promise<boolean> {
    const expected = await (this.#expected ??= this.#load())
    return timingSafeEqual(await derive(candidate, expected), expected.key)
  }

  async #load(): Promise<PasswordHash> {
    const text = looksHashed(this.#configured) ? this.#configured : await hashPassword(this.#configured)
    const hash = parsePasswordHash(text)
    if (!hash) throw new Error('RAGTIME_PASSWORD is not a scrypt hash that can be used')
    return hash
  }
}

function derive(password: string, { ln, r, p, salt, key }: PasswordHash): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 * MAX_MEMORY }
  return new Promise((resolve, reject) => {
    // A password typed on another system may arrive decomposed.
    scrypt(password.normalize('NFC'), salt, key.length, options, (error, derived) => error ? reject(error) : resolve(derived))
  })
}

function phcBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
