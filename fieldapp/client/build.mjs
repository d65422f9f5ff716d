// Bundles the phone app and its service worker into ../static/dist, and lists what the worker must precache.
import * as esbuild from 'esbuild'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const here = path.dirname(new URL(import.meta.url).pathname)
const served = path.resolve(here, '../static/dist')
// Built beside it and put in its place when whole: a server that runs meanwhile never serves half an app.
const out = fs.mkdtempSync(served + '.building-')
process.on('exit', () => fs.rmSync(out, {recursive: true, force: true}))

const {version} = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8'))
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: 'utf8',
  target: ['chrome105', 'ios15.4', 'safari15.4'],  // README, "Phones"; tests/webkit/newer.py knows what they lack
  define: {'process.env.NODE_ENV': '"production"', __APP__: JSON.stringify(version)},
  legalComments: 'linked',
  logLevel: 'warning',
}

// A worker of its own file: the app is told its name.
const worker = await esbuild.build({
  ...common, entryPoints: {photos: 'photo_worker.ts'}, format: 'iife', outdir: out, entryNames: '[name]-[hash]', metafile: true,
})
const namesOf = built => Object.keys(built.metafile.outputs).map(file => path.basename(file)).filter(file => !file.endsWith('.txt'))
const [photoWorker] = namesOf(worker)
// The photo worker's script is asked for under the service worker's scope, or it would not open without a connection.
const addressOf = file => (file === photoWorker ? '/app/' : '/static/dist/') + file

const app = await esbuild.build({
  ...common,
  define: {...common.define, __PHOTO_WORKER__: JSON.stringify(addressOf(photoWorker))},
  entryPoints: {app: 'main.ts', style: 'ui/phone.css'},
  format: 'esm',
  splitting: true,
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[name]-[hash]',
  metafile: true,
})
const files = [...namesOf(app), photoWorker]
const pick = (start, end) => files.find(file => file.startsWith(start + '-') && file.endsWith(end))

// The shell's revision follows everything it is made of, so that a new build is a new shell.
const shell = fs.readFileSync(path.join(here, '../templates/app.html'))
const revision = crypto.createHash('sha256').update(JSON.stringify(files)).update(shell).digest('hex').slice(0, 12)
const precache = [...files.map(file => ({url: addressOf(file), revision: null})), {url: '/app', revision}]

await esbuild.build({
  ...common,
  entryPoints: ['sw.ts'],
  format: 'iife',
  outfile: path.join(out, 'sw.js'),
  define: {...common.define, 'self.__WB_MANIFEST': JSON.stringify(precache)},
})
// What the app cannot start without, so that the shell asks for all of it at once.
const entry = Object.entries(app.metafile.outputs).find(([, output]) => output.entryPoint === 'main.ts')
const parts = entry[1].imports.filter(used => used.kind === 'import-statement').map(used => path.basename(used.path))
const assets = {js: pick('app', '.js'), parts, css: pick('style', '.css'), revision}
fs.writeFileSync(path.join(out, 'assets.json'), JSON.stringify(assets))

fs.chmodSync(out, 0o755)
fs.rmSync(served, {recursive: true, force: true})
fs.renameSync(out, served)
