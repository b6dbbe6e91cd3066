import withNuxt from './.nuxt/eslint.config.mjs'

// Formatting is ESLint's own (stylistic); one tool, one way.
export default withNuxt(
  { ignores: ['.output/**', '.data/**', '.model/**', 'tests/artifacts/**'] },
  {
    files: ['**/*.ts', '**/*.vue'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'vue/multi-word-component-names': 'off',
      // Promise.withResolvers<void>() is the plain way to write a signal.
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    // One place takes the environment; everything else is given what it needs.
    files: ['**/*.ts', '**/*.vue'],
    ignores: ['server/utils/environment.ts', 'script/**', 'tests/**', 'bench/**', 'eval/**', 'vitest.config.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Add a setting to server/utils/config.ts; server/utils/environment.ts takes the environment.' }],
    },
  },
  {
    // Domain code runs in the server, in worker threads, in a child process, in scripts and in tests alike.
    files: ['server/{db,extract,ingest,embed,retrieval,answer,context,backup,erasure,web}/**/*.ts', 'shared/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{ group: ['h3', 'nitropack*', 'nuxt*', '#*', '~*', '@/*'], message: 'Domain code knows no HTTP and no framework; use relative imports that end in .ts.' }],
      }],
    },
  },
)
