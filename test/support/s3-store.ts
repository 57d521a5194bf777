/**
 * An S3-compatible store of a test's own: s3rver on a free port, with a door in front that can be closed (the store is
 * down), and a look at what lies in it. It ignores what it does not know (`IfNoneMatch`), and keeps objects as files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

const BUCKET = 'dmp'

export type S3Store = AsyncDisposable & {
  /** DMP_CONTENT_STORE and the credentials. */
  readonly environment: Readonly<Record<string, string>>
  /** Sealed bytes of each object, by its name. */
  readonly objects: () => ReadonlyMap<string, Buffer>
  /** Writes over an object, behind the back of the store. */
  readonly damage: (name: string, change: (bytes: Buffer) => void) => void
  /** `down`: 503 to all; `hang up`: connections break; `silent`: no answer ever comes; undefined: it serves. */
  fails: 'down' | 'hang up' | 'silent' | undefined
  /** Called when a request has been answered, with its method. */
  onAnswered: ((method: string) => void) | undefined
  readonly requests: string[]
}

const OBJECT = /^(.*)\._S3rver_object$/

export async function s3Store(from?: number): Promise<S3Store> {
  const directory = mkdtempSync(join(tmpdir(), 'dmp-s3-'))
  const inner = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET }],
  })
  await inner.configureBuckets()
  const serve = inner.callback()
  const server = createServer((request, response) => {
    const { method = '' } = request
    store.requests.push(method)
    if (store.fails === 'hang up') return void request.destroy()
    if (store.fails === 'silent') return
    if (store.fails === 'down') {
      request.resume()
      response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
      return
    }
    response.once('finish', () => store.onAnswered?.(method))
    serve(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const folder = join(directory, BUCKET, 'contents')
  const fileOf = (name: string): string => join(folder, `${name}._S3rver_object`)
  const store: S3Store = {
    environment: {
      DMP_CONTENT_STORE: `s3://${BUCKET}/contents?endpoint=http://127.0.0.1:${port}${from === undefined ? '' : `&from=${from}`}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    objects() {
      if (!statSync(folder, { throwIfNoEntry: false })) return new Map()
      return new Map(
        readdirSync(folder).flatMap((file) => {
          const name = OBJECT.exec(file)?.[1]
          return name === undefined ? [] : [[name, readFileSync(join(folder, file))]]
        }),
      )
    },
    damage(name, change) {
      const bytes = readFileSync(fileOf(name))
      change(bytes)
      writeFileSync(fileOf(name), bytes)
    },
    fails: undefined,
    onAnswered: undefined,
    requests: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return store
}
