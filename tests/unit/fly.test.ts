import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { environmentSchema, readSettings } from '../../server/utils/config.ts'
import { DRAIN_MS } from '../../server/utils/stop.ts'
import { repository } from './support/program.ts'

const fly = parse(readFileSync(join(repository, 'fly.toml'), 'utf8'))

describe('fly.toml', () => {
  it('runs one small machine in ord with its volume at /data', () => {
    expect(fly).toMatchObject({
      primary_region: 'ord',
      mounts: [{ source: 'data', destination: '/data' }],
      vm: [{ size: 'shared-cpu-1x', memory: '512mb' }],
    })
  })

  it('serves nginx over HTTPS, and checks what is really checked', () => {
    expect(fly.http_service).toMatchObject({
      internal_port: 8080, force_https: true,
      checks: [{ method: 'GET', path: '/health', grace_period: '30s', interval: '15s', timeout: '5s' }],
    })
    // The same port, without HTTPS in front of it, would be a second way in.
    expect(fly).not.toHaveProperty('services')
  })

  it('sleeps when nobody is there, and counts open streams', () => {
    expect(fly.http_service).toMatchObject({
      auto_stop_machines: 'stop', auto_start_machines: true, min_machines_running: 0,
      concurrency: { type: 'requests', soft_limit: 200, hard_limit: 500 },
    })
  })

  it('gives a stop the time that it takes', () => {
    expect(fly.kill_signal).toBe('SIGTERM')
    expect((fly.kill_timeout as number) * 1_000).toBeGreaterThan(DRAIN_MS + 8_000)
  })

  it('replaces the machine in place, and runs nothing without the volume', () => {
    expect(fly.deploy).toMatchObject({ strategy: 'rolling' })
    expect(fly.deploy).not.toHaveProperty('release_command')
  })

  it('offers the numbers on their own port', () => {
    expect(fly.metrics).toEqual({ port: 9091, path: '/metrics' })
  })

  it('sets only settings that there are, to values that they take', () => {
    const environment = fly.env as Record<string, string>
    expect(environment).toEqual({ RAGTIME_TRUSTED_PROXY: 'fly', RAGTIME_CREDENTIALS: 'required' })
    expect(Object.keys(environment).filter(name => !Object.hasOwn(environmentSchema.shape, name))).toEqual([])
    expect(() => readSettings(environment)).not.toThrow()
  })
})
