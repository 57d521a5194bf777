/**
 * Objects in an S3-compatible store, over its REST interface: PUT, GET of a range, DELETE. Requests are signed by aws4; the
 * SHA-256 of what is sent is part of the signature, so the store itself refuses what came damaged.
 * An upload is one PUT (up to 5 GB there; a document is at most 1 GiB here): there are no parts that could be left over.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_GetObject.html, API_DeleteObject.html
 *
 * NOT done: credentials of roles and instances (the AWS_* variables are read once), versions of objects, lifecycle rules.
 */
import { createHash } from 'node:crypto'
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import aws4 from 'aws4'
import { refusal } from '../fhir/fhir-error.ts'
import { giveBack } from '../storage/give-back.ts'
import type { ObjectStore, SealedObject } from './object-store.ts'

export type S3Settings = {
  /** Without a path. */
  readonly endpoint: URL
  readonly bucket: string
  /** Whether the bucket is the first part of the path; else it is the first part of the host. */
  readonly bucketInPath: boolean
  /** Empty, or ends with a slash. */
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

type Call = {
  readonly method: 'PUT' | 'GET' | 'DELETE'
  readonly name: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: () => AsyncIterable<Buffer>
}

const SILENCE_MS = 10_000
/** Waits before the second and the third attempt. */
const AGAIN_AFTER_MS: readonly number[] = [100, 400]
const SOCKETS = 64
const EMPTY_SHA256 = createHash('sha256').digest('hex')

/** What the store answers, other than what was asked for. `again`: another attempt may well succeed. */
class StoreError extends Error {
  override readonly name = 'ObjectStoreError'
  readonly status: number
  readonly again: boolean

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.again = status === 0 || status === 429 || status >= 500
  }
}

/** @param silenceMs a store that says nothing for so long is not able */
export function s3ObjectStore(settings: S3Settings, silenceMs = SILENCE_MS): ObjectStore {
  const send = sender(settings, silenceMs)
  return {
    async put(name, object) {
      const hash = createHash('sha256')
      for await (const chunk of object.chunks()) {
        hash.update(chunk)
        giveBack(chunk)
      }
      await whileAble(async () => drain(await send(put(name, object, hash.copy().digest('hex')))))
    },
    async *get(name, start, end) {
      const headers = { Range: `bytes=${start}-${end - 1}` }
      const response = await whileAble(() => send({ method: 'GET', name, headers }))
      if (response.statusCode !== 206) {
        response.destroy()
        throw new Error(`The object store answered a range with ${response.statusCode}`)
      }
      yield* heard(response, silenceMs)
    },
    async remove(name) {
      await whileAble(async () => drain(await send({ method: 'DELETE', name })))
    },
  }
}

/** Silence counts while something is waited for: a client that takes its time is no fault of the store. */
async function* heard(response: IncomingMessage, silenceMs: number): AsyncIterable<Buffer> {
  const pieces = response[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => response.destroy(new Error('The object store says nothing')), silenceMs)
      const next = await pieces.next().finally(() => clearTimeout(timer))
      if (next.done) return
      yield next.value
    }
  } finally {
    response.destroy()
  }
}

function put(name: string, { length, chunks }: SealedObject, sha256: string): Call {
  const headers = {
    'Content-Length': String(length),
    'Content-Type': 'application/octet-stream',
    'X-Amz-Content-Sha256': sha256,
  }
  return { method: 'PUT', name, headers, body: chunks }
}

/** Gives the response once its head is there. @throws StoreError for any but a success, or none */
function sender(settings: S3Settings, silenceMs: number): (call: Call) => Promise<IncomingMessage> {
  const { endpoint, bucket, bucketInPath, prefix } = settings
  const secure = endpoint.protocol === 'https:'
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: SOCKETS })
  const hostname = bucketInPath ? endpoint.hostname : `${bucket}.${endpoint.hostname}`
  const host = endpoint.port ? `${hostname}:${endpoint.port}` : hostname
  const signed = ({ method, name, headers }: Call): RequestOptions => {
    const path = `${bucketInPath ? `/${bucket}` : ''}/${prefix}${name}`
    const content = { 'X-Amz-Content-Sha256': EMPTY_SHA256 }
    const { region } = settings
    const request = {
      service: 's3',
      region,
      method,
      host,
      path,
      headers: { ...content, Host: host, ...headers },
    }
    return { ...aws4.sign(request, settings), hostname, port: endpoint.port, agent, timeout: silenceMs }
  }
  return async (call) => {
    const request = (secure ? httpsRequest : httpRequest)(signed(call))
    request.on('timeout', () => request.destroy(new Error('The object store says nothing')))
    const answered = new Promise<IncomingMessage>((done, failed) => {
      request.on('response', (response) => {
        request.setTimeout(0)
        done(response)
      })
      request.on('error', failed)
    })
    // A store that refuses before it has read all answers first: its answer counts, not the broken pipe.
    const written = pipeline(Readable.from(call.body?.() ?? [], { objectMode: false }), request)
    written.catch(() => undefined)
    let response: IncomingMessage
    try {
      response = await answered
    } catch (cause) {
      throw new StoreError(`${call.method}: no answer of the object store`, 0, { cause })
    }
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return response
    const code = await errorCode(response)
    if (call.method === 'DELETE' && statusCode === 404 && code === 'NoSuchKey') return response
    throw new StoreError(`${call.method}: the object store answered ${statusCode} ${code}`, statusCode)
  }
}

/** @throws FhirError 503 when the store is not able, Error when an object that was kept is gone */
async function whileAble<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const pause = AGAIN_AFTER_MS[attempt]
      if (error.again && pause !== undefined) {
        await wait(pause)
        continue
      }
      if (error.status === 404 && error.message.endsWith('NoSuchKey')) throw error
      const refused = refusal('transient', 'indisponible')
      refused.cause = error
      throw refused
    }
  }
}

async function drain(response: IncomingMessage): Promise<void> {
  try {
    for await (const _ of response);
  } catch (cause) {
    throw new StoreError('The answer of the object store broke off', 0, { cause })
  }
}

/** `<Code>` of the error document; the rest of it may name things that belong in no log. */
async function errorCode(response: IncomingMessage): Promise<string> {
  const most = 8192
  let text = ''
  try {
    for await (const piece of response) {
      text += String(piece)
      if (text.length > most) break
    }
  } catch {
    // Broken off: the status says enough.
  }
  return /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? ''
}
