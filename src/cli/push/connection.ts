/**
 * HTTP to the server: bodies streamed, answers bounded, connections kept. With a client certificate where there is one:
 * tokens are bound to it outside the sandbox (RFC 8705).
 */
import { readFileSync } from 'node:fs'
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError, exitCodes } from '../command.ts'
import { ContentChanged } from './content-source.ts'
import type { RequestBody } from './request-body.ts'

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** No answer: nobody there, a connection that broke, or silence. Whether the server has done its work is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export type Request = {
  readonly method: 'POST' | 'PATCH'
  /** Below the base. */
  readonly path: string
  readonly contentType: string
  readonly token: string
  readonly body: RequestBody
}

export type CertificateFiles = {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly ca: string | undefined
}

const SILENCE_MS = 120_000
/** The answer to a lot of a hundred documents is some 60 KB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

export class Connection {
  readonly #base: URL
  readonly #agent: HttpAgent | HttpsAgent
  #requests = 0

  /** @throws CommandError when a certificate's file cannot be read, or there is no TLS to use it with */
  constructor(base: string, files: CertificateFiles, connections: number) {
    this.#base = new URL(base)
    const secure = this.#base.protocol === 'https:'
    const options = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' } as const
    if (!secure && (files.cert || files.key || files.ca))
      throw new CommandError(exitCodes.usage, 'certificates need a server at https://…')
    this.#agent = secure ? new HttpsAgent({ ...options, ...tlsOptions(files) }) : new HttpAgent(options)
  }

  /** How many requests were begun. */
  get requests(): number {
    return this.#requests
  }

  close(): void {
    this.#agent.destroy()
  }

  /** @throws NoAnswer, ContentChanged */
  async send({ method, path, contentType, token, body }: Request): Promise<Answer> {
    this.#requests++
    const open = this.#base.protocol === 'https:' ? httpsRequest : httpRequest
    const request = open(`${this.#base.href.replace(/\/+$/, '')}${path}`, {
      agent: this.#agent,
      method,
      timeout: SILENCE_MS,
      headers: {
        accept: 'application/fhir+json',
        'accept-language': 'fr',
        authorization: `Bearer ${token}`,
        'content-type': contentType,
        'content-length': body.length,
        prefer: 'return=minimal',
        'user-agent': 'dmp-push',
      },
    })
    request.once('timeout', () => request.destroy(new NoAnswer('silence')))
    const answer = new Promise<Answer>((resolve, reject) => {
      request.once('response', (response) => {
        read(response).then(resolve, reject)
      })
      request.once('error', (cause) => reject(noAnswer(cause)))
    })
    const sent = pipeline(Readable.from(body.pieces(), { objectMode: false }), request)
    // A server may answer before it has read everything, and close: then its answer is what counts.
    const [answered, sending] = await Promise.allSettled([answer, sent])
    if (sending.status === 'rejected' && sending.reason instanceof ContentChanged) throw sending.reason
    if (answered.status === 'fulfilled') return answered.value
    throw noAnswer(answered.reason)
  }
}

function noAnswer(cause: unknown): Error {
  if (cause instanceof NoAnswer || cause instanceof ContentChanged) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new NoAnswer(code || 'no answer', { cause })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > MAX_ANSWER_BYTES) {
      response.destroy()
      throw new NoAnswer('an answer without end')
    }
    pieces.push(piece)
  }
  if (!response.complete) throw new NoAnswer('half an answer')
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(pieces).toString('utf8'),
  }
}

function tlsOptions({ cert, key, ca }: CertificateFiles): Record<string, Buffer> {
  if ((cert === undefined) !== (key === undefined))
    throw new CommandError(exitCodes.usage, '--cert and --key go together')
  return Object.fromEntries(
    Object.entries({ cert, key, ca }).flatMap(([name, path]) => {
      if (path === undefined) return []
      try {
        return [[name, readFileSync(path)]]
      } catch (cause) {
        throw new CommandError(exitCodes.usage, `--${name}: the file cannot be read`, { cause })
      }
    }),
  )
}
