// The tests live in tests/client, beside the other tests; what they import lives here.

import {fileURLToPath} from 'node:url'
import {defineConfig} from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('../..'),
  resolve: {alias: {'fake-indexeddb': here('node_modules/fake-indexeddb'), vitest: here('node_modules/vitest')}},
  // Generous: a machine that has other work is slow, not wrong.
  test: {include: ['tests/client/**/*.test.ts'], environment: 'node', cache: false, testTimeout: 60_000, hookTimeout: 60_000},
})
