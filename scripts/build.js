#!/usr/bin/env node
// Builds dist/ (what is shipped) and, with --tests, .build/ (tests and benchmarks, sharing the compiled source).
// --if-changed: does nothing when the inputs are, byte for byte, those of the last build.
import { createHash } from 'node:crypto'
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
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './build-lock.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)
const flags = new Set(process.argv.slice(2))
for (const flag of flags) {
  if (flag !== '--if-changed' && flag !== '--tests') fail(`Unknown option ${flag}: --if-changed, --tests`)
}

// Made from the route tables by a person: UPDATE_GOLDEN=1 npm test -- openapi (decision 0007).
const OPENAPI = ['openapi.yaml', 'openapi-fhir.yaml']
// The console shows its rules.
const POLICY = join('docs', 'policy.md')
const SOURCES = ['src', 'migrations', 'profiles', 'demo', 'scripts', 'package-lock.json', POLICY, ...OPENAPI]
const ENTRIES = {
  main: 'src/main.ts',
  cli: 'src/cli/main.ts',
  health: 'src/health-main.ts',
  watchdog: 'src/embedded-postgres/watchdog.ts',
}
const STALE_AFTER_MS = 3_600_000

const targets = [
  { inputs: SOURCES, stamp: 'dist/.inputs', build: buildDist },
  ...(flags.has('--tests')
    ? [{ inputs: [...SOURCES, 'test'], stamp: '.build/.inputs', build: buildTests }]
    : []),
]
if (!flags.has('--if-changed') || targets.some(isStale)) {
  // Two builds at once (a server and a test run) take turns; the second finds its work done.
  await withLock(join(root, '.build', 'lock'), async () => {
    for (const target of targets) {
      if (flags.has('--if-changed') && !isStale(target)) continue
      const begin = performance.now()
      const digest = digestOf(target.inputs)
      rmSync(target.stamp, { force: true })
      await target.build()
      writeFileSync(target.stamp, digest)
      console.error(`built ${dirname(target.stamp)} in ${Math.round(performance.now() - begin)} ms`)
    }
  })
}

function isStale({ inputs, stamp }) {
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== digestOf(inputs)
}

function digestOf(inputs) {
  const hash = createHash('sha256').update(process.version)
  for (const input of inputs) {
    for (const file of filesBelow(input)) hash.update(`\0${file}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

async function buildDist() {
  mkdirSync('dist', { recursive: true })
  for (const folder of ['migrations', 'profiles', 'demo'])
    rmSync(join('dist', folder), { recursive: true, force: true })
  for (const file of filesBelow('migrations')) {
    if (/^\d{4}_.*\.sql$/.test(file.split(sep).at(-1))) cpSync(file, join('dist', file))
  }
  for (const file of [POLICY, ...OPENAPI]) cpSync(file, join('dist', file))
  for (const file of filesBelow('demo')) cpSync(file, join('dist', file))
  for (const file of filesBelow('profiles')) if (file.endsWith('.json')) cpSync(file, join('dist', file))
  const { buildTableChecks } = await import('./build-table-checks.js')
  await buildTableChecks('dist')
  const { buildDefinitions } = await import('./build-definitions.js')
  await buildDefinitions('dist')
  const { buildTerminology } = await import('./build-terminology.js')
  await buildTerminology('dist')
  const { buildR4Profiles } = await import('./build-r4-profiles.js')
  await buildR4Profiles('dist')
  await bundle('dist', ENTRIES)
  const { buildConsole } = await import('./build-console.js')
  await buildConsole('dist')
}

async function buildTests() {
  const compiled = {}
  for (const file of filesBelow('test')) {
    if (file.endsWith('.ts')) compiled[file.slice(0, -3)] = file
  }
  for (const tools of ['bench', 'chaos', 'container', 'growth', 'scale', 'upgrade']) {
    for (const file of filesBelow(join('scripts', tools)))
      if (file.endsWith('.ts')) compiled[relative('scripts', file).slice(0, -3)] = file
  }
  const { testPackages } = await import('./test-build/packages.js')
  await bundle('.build', compiled, testPackages)
  const tests = Object.keys(compiled).filter((name) => name.endsWith('.test'))
  writeFileSync('.build/tests.json', JSON.stringify(tests.map((name) => `${name}.js`).sort()))
}

async function bundle(outdir, entries, packages = { packages: 'external' }) {
  const { build } = await import('esbuild')
  const result = await build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: source, out })),
    outdir,
    bundle: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    logLevel: 'warning',
    metafile: true,
    platform: 'node',
    sourcemap: 'linked',
    splitting: true,
    target: 'node20',
    ...packages,
  }).catch(() => process.exit(1)) // esbuild has printed every error
  removeStale(outdir, new Set(Object.keys(result.metafile.outputs)))
}

/** Leftovers of former builds; young ones stay, a process that still runs may load them. */
function removeStale(outdir, outputs) {
  for (const file of filesBelow(outdir)) {
    if (!/\.js(\.map)?$/.test(file) || outputs.has(file.split(sep).join('/'))) continue
    if (file.startsWith(join('dist', 'console', sep))) continue // build-console.js clears its own
    if (Date.now() - statSync(file).mtimeMs > STALE_AFTER_MS) rmSync(file)
  }
}

function filesBelow(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return []
  if (!found.isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => !name.startsWith('.'))
  return names.sort().flatMap((name) => filesBelow(join(path, name)))
}

function fail(message) {
  console.error(message)
  process.exit(2)
}
