/**
 * The console's scripts and styles: `src/console/browser/<page>/<page>.ts` and `.css`, each one file, minified, named by its
 * hash, with its gzip and brotli forms beside it, into `dist/console/`; `manifest.json` says which is which.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const SOURCE = 'src/console/browser'
/** Of what is bundled; its comments are not. */
const LICENCES = ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt']
const STALE_AFTER_MS = 3_600_000
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

export async function buildConsole(dist) {
  const folder = join(dist, 'console')
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    entryPoints: entries(),
    outdir: folder,
    entryNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
  })
  const manifest = {}
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    manifest[basename(entryPoint).replace(/\.ts$/, '.js')] = basename(path)
    compress(path)
  }
  for (const file of LICENCES)
    cpSync(join('node_modules/swagger-ui-dist', file), join(folder, 'swagger-ui', file))
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
  removeStale(folder, new Set(Object.values(manifest)))
}

function entries() {
  return readdirSync(SOURCE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => ['ts', 'css'].map((extension) => join(SOURCE, name, `${name}.${extension}`)))
    .filter((file) => existsSync(file))
    .sort()
}

/** What is there already is the same: its name is its content. */
function compress(path) {
  if (existsSync(`${path}.br`)) return
  const content = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(content, BROTLI))
}

/** Leftovers of former builds; young ones stay, a server that starts may be reading them. */
function removeStale(folder, current) {
  for (const name of readdirSync(folder)) {
    if (!/\.(?:js|css)(?:\.(?:br|gz))?$/.test(name) || current.has(name.replace(/\.(?:br|gz)$/, ''))) continue
    if (Date.now() - statSync(join(folder, name)).mtimeMs > STALE_AFTER_MS) rmSync(join(folder, name))
  }
}
