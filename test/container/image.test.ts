/**
 * What the image holds, run as a container would run it (user 65532, no capability, read-only): secrets and logins of
 * compose.yaml, `dmp migrate` by the owner, a server by the login that owns nothing, its health check, its stop.
 */
import { type ChildProcess, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as openSocket, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { bytesBelow, openToAll } from '../../scripts/container/build-image.ts'
import { endOf, runConfined, USER, whyNotConfined } from '../../scripts/container/confined.ts'
import { commandOf, environmentOf, parseDockerfile, valuesOf } from '../../scripts/container/dockerfile.ts'
import { packageRoot } from '../../src/asset-path.ts'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { ask, healthUrl } from '../../src/wiring/health.ts'
import { testCertificate } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { fastestFolder } from '../support/test-postgres.ts'
import { until } from '../support/until.ts'

const root = packageRoot()
const [, image] = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'))
if (!image) throw new Error('an image')
const serve = [process.execPath, ...commandOf(valuesOf(image, 'CMD')[0])]
const fromImage = environmentOf(image)

/** `app/` and `spool/` as the Dockerfile leaves them, of what is built and installed here. */
function layOut(top: string): void {
  const app = join(top, 'app')
  mkdirSync(join(top, 'spool'), { recursive: true })
  for (const part of ['dist', 'bin', 'package.json', 'LICENSE'])
    cpSync(join(root, part), join(app, part), { recursive: true })
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>
  }
  const production = Object.entries(lock.packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
  )
  for (const [path] of production)
    cpSync(join(root, path), join(app, path), {
      recursive: true,
      // Those below it are of development, unless they are in the list themselves.
      filter: (source) => !source.slice(join(root, path).length).includes('/node_modules'),
    })
}

/** PostgreSQL listens on a socket that only its user and root may enter; the server of the image is neither. */
async function relay(path: string): Promise<Server & { port: number }> {
  const server = createServer((client) => {
    const there = openSocket(path)
    client.pipe(there).pipe(client)
    client.on('error', () => there.destroy())
    there.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address !== 'object') throw new Error('no port')
  return Object.assign(server, { port: address.port })
}

t.test('the image serves as compose.yaml starts it', { skip: whyNotConfined() ?? false }, async (t) => {
  const top = mkdtempSync(join(fastestFolder(), 'dmp-image-'))
  t.teardown(() => rmSync(top, { recursive: true, force: true }))
  openToAll(top)
  layOut(top)
  const spool = join(top, 'spool')
  const secrets = join(top, 'secrets')
  execFileSync(process.execPath, [join(root, 'scripts', 'compose-secrets.js'), secrets])
  openToAll(secrets)
  const secret = (name: string): string => readFileSync(join(secrets, name), 'utf8')
  const { keyPem, pem } = testCertificate('dmp.test')
  writeFileSync(join(secrets, 'tls_key.pem'), keyPem)
  writeFileSync(join(secrets, 'tls_cert.pem'), pem)

  const postgres = await startEmbeddedPostgres({
    dataDir: mkdtempSync(join(fastestFolder(), 'dmp-test-')),
    durable: false,
  })
  const { host, port: socketPort, password } = postgres.connection
  const tcp = await relay(`${host}/.s.PGSQL.${socketPort}`)
  let server: ChildProcess | undefined
  try {
    const administrator = new pg.Client({
      host,
      port: socketPort,
      user: 'postgres',
      password,
      database: 'postgres',
    })
    await administrator.connect()
    // In the image of PostgreSQL there is no database of this name yet.
    for (const statement of ['drop database dmp', ...secret('logins.sql').trim().split('\n')])
      await administrator.query(statement)
    await administrator.end()
    for (const name of ['owner_url', 'server_url'])
      writeFileSync(
        join(secrets, `${name}.here`),
        secret(name).replace('@database/', `@127.0.0.1:${tcp.port}/`),
      )

    const port = await freePort()
    const environment = {
      ...fromImage,
      PORT: String(port),
      // Longer than the image's, so that a busy machine sees it.
      DMP_STOP_DELAY_MS: '6000',
      DMP_SPOOL_DIR: spool,
      DATABASE_URL: `file:${secrets}/server_url.here`,
      DMP_MIGRATE: 'false',
      DMP_PUBLIC_URL: 'https://dmp.test',
      DMP_AUDIENCE: 'https://dmp.test/fhir',
      DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]',
      DMP_MASTER_KEY: `file:${secrets}/master_key`,
      DMP_SEAL_KEY: `file:${secrets}/seal_key`,
      DMP_TLS_KEY: join(secrets, 'tls_key.pem'),
      DMP_TLS_CERT: join(secrets, 'tls_cert.pem'),
    }
    const within = { folder: join(top, 'app'), writable: [spool], environment }
    const run = (command: readonly string[], more: Record<string, string> = {}) =>
      endOf(runConfined(command, { ...within, environment: { ...environment, ...more } }))
    const health = (path: string) => run([process.execPath, 'dist/health.js', path])

    const early = await run(serve)
    t.equal(early.code, 1, 'a server before its schema')
    t.match(early.err, /run `dmp migrate` with the login that owns it/)

    const migrate = [process.execPath, 'bin/dmp.js', 'migrate']
    const owner = { DATABASE_URL: `file:${secrets}/owner_url.here` }
    const migrated = await run(migrate, owner)
    t.equal(migrated.code, 0, migrated.err)
    t.match(migrated.out, /applied 0001_[\s\S]*made audit_/)
    t.match(await run(migrate, owner), { code: 0, out: 'nothing to do\n' })
    t.match(
      await run(migrate),
      { code: 1, err: /dmp migrate: .*does not own this schema/ },
      'not by the login of the server',
    )
    t.match(await run(migrate, { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/dmp' }), { code: 69 })

    t.equal((await health('livez')).code, 1, 'nothing listens yet')
    server = runConfined(serve, within)
    let said = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const url = healthUrl(environment, 'readyz')
    const begin = Date.now()
    while ((await ask(url).catch(() => 0)) !== 200) {
      if (server.exitCode !== null || Date.now() - begin > 120_000) throw new Error(`no server: ${said}`)
      await sleep(100)
    }
    t.match(await health('readyz'), { code: 0, err: '' })
    t.match(await health('livez'), { code: 0 })
    t.match(await health('metadata'), { code: 1, err: /usage/ })

    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
    t.match(status, new RegExp(`^Uid:\\s+${USER}\\s+${USER}\\s+${USER}\\s+${USER}$`, 'm'))
    t.match(status, /^CapBnd:\s+0+$/m)
    t.match(status, /^CapEff:\s+0+$/m)
    t.match(status, /^NoNewPrivs:\s+1$/m)
    const write = `for (const place of process.argv.slice(1)) {
      try { require('fs').writeFileSync(place + '/x', ''); console.log('written') } catch (error) { console.log(error.code) } }`
    const tried = await run([
      process.execPath,
      '-e',
      write,
      join(top, 'app'),
      join(top, 'app', 'dist'),
      '/tmp',
      '/var/tmp',
      '/dev/shm',
      spool,
    ])
    t.same(tried.out.trim().split('\n').slice(-1), ['written'], 'where large documents lie meanwhile')
    for (const code of tried.out.trim().split('\n').slice(0, -1)) t.match(code, /EROFS|EACCES/)
    t.same(readdirSync(spool), ['x'], 'and nobody else has left anything there')

    const login = new pg.Client(secret('server_url.here'))
    await login.connect()
    for (const statement of [
      'create table mine (a integer)',
      'delete from audit',
      'drop table record',
      'set role dmp_owner',
    ])
      await t.rejects(login.query(statement), { code: '42501' }, statement)
    await login.end()

    const exit = new Promise<number | null>((resolve) => server?.once('exit', resolve))
    server.kill('SIGTERM')
    await until('it says that it stops before it does', async () => (await ask(url)) === 503)
    t.equal(await ask(healthUrl(environment, 'livez')), 200, 'and still answers')
    t.equal(await exit, 0)
    t.equal(said, '', 'nothing to complain of')

    const megabytes = bytesBelow(join(top, 'app')) / 1e6
    t.comment(`content of the image beside Node: ${megabytes.toFixed(1)} MB`)
    // With Node (99 MB) and what distroless has besides (81 MB at most, by published figures): 250.
    t.ok(megabytes < 70, `${megabytes} MB`)
  } finally {
    server?.kill('SIGKILL')
    tcp.close()
    await postgres.stop()
  }
})
