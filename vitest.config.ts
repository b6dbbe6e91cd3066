import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const alias = { '~~': root, '#shared': `${root}shared`, '#server': `${root}server` }

/**
 * unit mirrors the source and needs no build. The others boot a copy of `.output`: run `npm run build` first.
 * They share ports, Chromium and two cores, so their files run one after another.
 */
export default defineConfig({
  test: {
    projects: [
      { resolve: { alias }, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], environment: 'node', setupFiles: ['tests/unit/support/properties.ts'], maxWorkers: 2, testTimeout: 60_000 } },
      ...['server', 'nginx', 'e2e'].map(name => ({
        resolve: { alias },
        test: {
          name, include: [`tests/${name}/**/*.test.ts`], environment: 'node' as const,
          fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000,
          // Vite puts a BASE_URL of its own in the place of the one that was given.
          env: { RAGTIME_TEST_URL: process.env.BASE_URL ?? '' },
        },
      })),
      // Builds the image and runs it; a step of its own in script/test.
      { resolve: { alias }, test: { name: 'container', include: ['tests/container/**/*.test.ts'], environment: 'node', fileParallelism: false, testTimeout: 60_000 } },
    ],
  },
})
