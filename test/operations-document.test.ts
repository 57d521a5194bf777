/** docs/operations.md names every environment variable that the configuration reads, and none besides. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../src/asset-path.ts'
import { readConfig } from '../src/config/config.ts'
import { testCertificate } from './support/certificates.ts'

const read = (...path: readonly string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8')
const text = read('docs', 'operations.md')
const table = text.slice(text.indexOf('## Environment'), text.indexOf('## TLS'))

t.test('every variable, and none that is not read', async (t) => {
  const source = readdirSync(join(packageRoot(), 'src/config'))
    .map((file) => read('src/config', file))
    .join('\n')
  const used = new Set([
    ...[...source.matchAll(/environment\.([A-Z][A-Z_]+)/g)].map(([, name]) => name ?? ''),
    ...[...source.matchAll(/environment,\s+'([A-Z][A-Z_]+)'/g)].map(([, name]) => name ?? ''),
    ...[...source.matchAll(/\b(DMP_(?:TLS|TRUSTED|CLIENT)_[A-Z_]+):/g)].map(([, name]) => name ?? ''),
  ])
  const told = new Set([...table.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name ?? ''))
  t.ok(used.size > 15)
  t.same(
    [...used].filter((name) => !told.has(name)),
    [],
  )
  t.same(
    [...told].filter((name) => !used.has(name)),
    [],
  )
})

t.test('the defaults it tells are those there are', async (t) => {
  const { limits, port, host } = readConfig({})
  const row = (name: string): string => table.split('\n').find((line) => line.includes(`\`${name}\``)) ?? ''
  t.match(row('DMP_MAX_BODY_BYTES'), `| ${limits.maxBodyBytes} |`)
  t.match(row('DMP_MAX_DOCUMENT_BYTES'), `| ${limits.maxDocumentBytes} |`)
  const fhir = readConfig({ DMP_PROFILE: 'fhir' }).limits
  t.match(row('DMP_MAX_BUNDLE_ENTRIES'), `| ${limits.maxEntries}, ${fhir.maxEntries} in the fhir profile |`)
  t.match(row('DMP_MAX_BODY_BYTES_AT_ONCE'), `| ${limits.maxBodyBytesAtOnce} |`)
  t.match(row('DMP_MAX_JSON_DEPTH'), `| ${limits.maxDepth} |`)
  t.match(row('DMP_REQUEST_TIMEOUT_MS'), `| ${limits.requestTimeoutMs} |`)
  t.match(row('DMP_STATEMENT_TIMEOUT_MS'), `| ${limits.statementTimeoutMs} |`)
  t.match(row('PORT'), `| ${port}, ${host} |`)
})

t.test('a setting that is wrong is named, and one that is empty is as if it were not there', async (t) => {
  const issuer = '{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}'
  const wrong: readonly Readonly<Record<string, string>>[] = [
    ...['Production', 'prod', 'prodution', 'production '].map((NODE_ENV) => ({ NODE_ENV })),
    ...['dmp.test', 'ftp://dmp.test', 'https://dmp.test/fhir', 'https://dmp.test/fhir/'].map(
      (DMP_PUBLIC_URL) => ({
        DMP_PUBLIC_URL,
      }),
    ),
    ...['https://dmp.test?a=1', 'https://dmp.test/#', 'https://u:p@dmp.test', 'https://'].map(
      (DMP_PUBLIC_URL) => ({
        DMP_PUBLIC_URL,
      }),
    ),
    ...['dmp', 'mysql://dmp.test/dmp', 'http://dmp.test'].map((DATABASE_URL) => ({ DATABASE_URL })),
    { DMP_ISSUERS: `[${issuer},${issuer}]` },
  ]
  for (const settings of wrong) {
    const [name = ''] = Object.keys(settings)
    t.throws(
      () => readConfig(settings),
      { name: 'ConfigError', message: new RegExp(`^${name}`) },
      JSON.stringify(settings),
    )
  }
  for (const url of ['postgres://u@/dmp?host=/run/postgresql', 'socket:/run/postgresql?db=dmp'])
    t.equal(readConfig({ DATABASE_URL: url }).databaseUrl, url, url)
  t.equal(readConfig({ DMP_PUBLIC_URL: 'https://dmp.test/sante/' }).publicUrl, 'https://dmp.test/sante')
  t.equal(readConfig({ HOST: '::1' }).publicUrl, 'http://[::1]:8080')
  t.equal(readConfig({ NODE_ENV: 'development' }).production, false)

  const names = [...table.matchAll(/`((?:[A-Z]+_[A-Z_]+)|PORT|HOST|LOG_LEVEL)`/g)].map(
    ([, name = '']) => name,
  )
  t.ok(names.length > 50)
  const config = readConfig(Object.fromEntries(names.map((name) => [name, ''])))
  t.same(config, readConfig({}))
  t.equal(config.host, '127.0.0.1', 'and not every interface')
})

t.test('what production demands is marked', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'dmp-operations-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const { keyPem, pem } = testCertificate('dmp.test')
  writeFileSync(join(directory, 'key.pem'), keyPem)
  writeFileSync(join(directory, 'cert.pem'), pem)
  const marked = [...table.matchAll(/`([A-Z_]+)` ●/g)].map(([, name]) => name ?? '')
  const settings: Readonly<Record<string, string>> = {
    NODE_ENV: 'production',
    DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]',
    DMP_PUBLIC_URL: 'https://dmp.test',
    DMP_AUDIENCE: 'https://dmp.test/fhir',
    DATABASE_URL: 'postgres://dmp.test/dmp',
    DMP_MASTER_KEY: 'x'.repeat(32),
    DMP_SEAL_KEY: keyPem,
    DMP_TLS_KEY: join(directory, 'key.pem'),
    DMP_TLS_CERT: join(directory, 'cert.pem'),
  }
  t.equal(readConfig(settings).production, true)
  t.same(
    Object.keys(settings)
      .filter((name) => name !== 'NODE_ENV')
      .sort(),
    [...marked].sort(),
  )
  for (const name of marked) {
    const { [name]: _, ...without } = settings
    t.throws(() => readConfig(without), { name: 'ConfigError', message: new RegExp(name) }, name)
  }
})
