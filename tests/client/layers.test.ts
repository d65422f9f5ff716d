// Who may import whom in the client, so that rules stay pure and the store knows no screens.

import {expect, test} from 'vitest'

declare global {
  interface ImportMeta { glob(pattern: string, options: object): Record<string, string> }
}

const sources = import.meta.glob('../../fieldapp/client/{rules,store,exchange,handover,widgets,screens}/*.ts', {query: '?raw', import: 'default', eager: true})

const MAY_USE: Record<string, string[]> = {
  rules: ['rules', 'store/shapes'],
  store: ['store', 'rules'],
  exchange: ['exchange', 'store'],
  handover: ['handover', 'rules', 'store'],
  widgets: ['widgets', 'rules', 'store', 'ui'],
  screens: ['screens', 'widgets', 'rules', 'store', 'exchange', 'handover', 'ui'],
}

/** What a file imports that its layer may not. */
function beyond([path, source]: [string, string]): string[] {
  const layer = /client\/(\w+)\//.exec(path)![1]!
  const used = [...source.matchAll(/from '\.(\.?)\/([^']+)'/g)].map(found => found[1] ? found[2]! : `${layer}/${found[2]}`)
  return used.filter(name => !MAY_USE[layer]!.some(allowed => name === allowed || name.startsWith(allowed + '/'))).map(name => `${path}: ${name}`)
}

test('every file imports only what its layer may', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(40)
  expect(Object.entries(sources).flatMap(beyond)).toEqual([])
})

test('the service worker owns no data', () => {
  const [worker] = Object.values(import.meta.glob('../../fieldapp/client/sw.ts', {query: '?raw', import: 'default', eager: true}))
  expect([...worker!.matchAll(/from '(\.[^']+)'/g)].map(found => found[1])).toEqual(['./store/offline'])
})
