import type { ScryptOptions } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { hashPassword, parsePasswordHash, PasswordVerifier } from '../../../../server/utils/password.ts'

const calls = vi.hoisted(() => ({ now: 0, most: 0 }))
vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  const scrypt = (password: string, salt: Buffer, length: number, options: ScryptOptions, done: (error: Error | null, key: Buffer) => void) => {
    calls.most = Math.max(calls.most, ++calls.now)
    original.scrypt(password, salt, length, options, (error, key) => {
      calls.now--
      done(error, key)
    })
  }
  return { ...original, scrypt }
})

describe('PasswordVerifier', () => {
  it('takes the plain password and nothing else', async () => {
    const verifier = new PasswordVerifier('correct horse')
    expect(await verifier.verify('correct horse')).toBe(true)
    expect(await verifier.verify('correct horse ')).toBe(false)
    expect(await verifier.verify('')).toBe(false)
  })

  it('takes the password of a hash, and never the hash itself', async () => {
    const hash = await hashPassword('correct horse')
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[^$=]+\$[^$=]+$/)
    const verifier = new PasswordVerifier(hash)
    expect(await verifier.verify('correct horse')).toBe(true)
    expect(await verifier.verify(hash)).toBe(false)
  })

  it('takes a hash that another program has made', async () => {
    // Python: hashlib.scrypt(b'password', salt=b'sodium chloride', n=1024, r=8, p=2, dklen=32)
    const verifier = new PasswordVerifier('$scrypt$ln=10,r=8,p=2$c29kaXVtIGNobG9yaWRl$vaaHAi8Jb83TLC2Y51gjBjkjU0YLswHki+2Fftc8ilg')
    expect(await verifier.verify('password')).toBe(true)
  })

  it('takes a password however its accents are composed', async () => {
    expect(await new PasswordVerifier('caf\u00E9 society').verify('cafe\u0301 society')).toBe(true)
  })

  it('makes one hash at a time, whatever comes in', async () => {
    const verifier = new PasswordVerifier('correct horse')
    await Promise.all(['a', 'b', 'c'].map(guess => verifier.verify(guess)))
    expect(calls).toMatchObject({ now: 0, most: 1 })
  })
})

describe('parsePasswordHash', () => {
  it.each([
    ['no hash', 'correct horse'],
    ['another function', '$argon2id$v=19$m=65536,t=3,p=4$c29kaXVtY2hsb3JpZGU$c29kaXVtY2hsb3JpZGU'],
    ['a hash cut off', '$scrypt$ln=15,r=8,p=1$c29kaXVtY2hsb3JpZGU'],
    ['a hash that would take 4 GB', '$scrypt$ln=22,r=8,p=1$c29kaXVtY2hsb3JpZGU$c29kaXVtY2hsb3JpZGVzb2RpdW0'],
    ['a key of three bytes', '$scrypt$ln=15,r=8,p=1$c29kaXVtY2hsb3JpZGU$YWJj'],
  ])('refuses %s', (_name, text) => {
    expect(parsePasswordHash(text)).toBeNull()
  })
})
