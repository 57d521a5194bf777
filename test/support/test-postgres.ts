/**
 * The PostgreSQL of a test run: one of our own in a temporary folder (the default), the one TEST_DATABASE_URL names
 * (whose login may create databases and roles), or a container (TEST_DATABASE=testcontainers).
 */
import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'

export type PostgresAddress = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** A database to connect to for `create database`. */
  readonly database: string
}

export type TestPostgres = { readonly address: PostgresAddress; stop(): Promise<void> }

const IMAGE = 'postgres:18-alpine'

export function startTestPostgres(env: NodeJS.ProcessEnv): Promise<TestPostgres> {
  if (env.TEST_DATABASE_URL) return Promise.resolve(fromUrl(env.TEST_DATABASE_URL))
  if (env.TEST_DATABASE === 'testcontainers') return startContainer()
  if (env.TEST_DATABASE)
    throw new Error(`TEST_DATABASE is testcontainers or not set, not ${env.TEST_DATABASE}`)
  return startEmbedded()
}

async function startEmbedded(): Promise<TestPostgres> {
  const dataDir = mkdtempSync(join(fastestFolder(), 'dmp-test-'))
  const { connection, stop } = await startEmbeddedPostgres({ dataDir, durable: false })
  return { address: connection, stop }
}

const IN_MEMORY = '/dev/shm'
const ROOM_BYTES = 2_000_000_000

/** In memory where there is room: a copy of a database is 300 files, 20 ms there and up to 500 ms on a slow disk. */
export function fastestFolder(): string {
  if (!existsSync(IN_MEMORY)) return tmpdir()
  const { bavail, bsize } = statfsSync(IN_MEMORY)
  return bavail * bsize > ROOM_BYTES ? IN_MEMORY : tmpdir()
}

function fromUrl(text: string): TestPostgres {
  const url = new URL(text)
  const address = {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname),
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
  }
  return { address, stop: () => Promise.resolve() }
}

/**
 * With podman set TESTCONTAINERS_RYUK_DISABLED=true and TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1. The image starts
 * PostgreSQL twice, the first time for its set-up only: the second notice is the one to wait for.
 */
async function startContainer(): Promise<TestPostgres> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = 'test'
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand([
      'postgres',
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'full_page_writes=off',
    ])
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
  return {
    address: {
      host: container.getHost(),
      port: container.getMappedPort(5432),
      user: 'postgres',
      password,
      database: 'postgres',
    },
    async stop() {
      await container.stop()
    },
  }
}
