// The tests live in tests/client, beside the other tests; what they import lives here.

import {fileURLToPath} from 'node:url'
import {defineConfig} from 'vitest/config'
import {plant} from '../../tests/client/planted.mts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** `module.ts?planted=name` is the module with that bug in it. */
const planting = {
  name: 'planted',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    const name = /[?&]planted=(\w+)/.exec(id)?.[1]
    return name ? plant(name, code) : null
  },
}

export default defineConfig({
  plugins: [planting],
  root: here('../..'),
  resolve: {alias: {'fake-indexeddb': here('node_modules/fake-indexeddb'), vitest: here('node_modules/vitest')}},
  // Generous: a machine that has other work is slow, not wrong.
  test: {include: ['tests/client/**/*.test.ts'], environment: 'node', cache: false, testTimeout: 60_000, hookTimeout: 60_000},
})
