/**
 * A FHIR client for black-box tests: plain HTTP, nothing corrected on the way out and nothing hidden on the way in. What
 * was sent and answered is remembered, so that a failure can be told with it.
 * @see https://hl7.org/fhir/R4/http.html
 */
import http from 'node:http'
import https from 'node:https'
import type { OperationOutcome, Resource } from '@medplum/fhirtypes'
import { type Claims, NotApplicable } from './claims.ts'
import { Unmet } from './unmet.ts'

export type HeaderFields = Readonly<Record<string, string>>

export type Sent = { readonly body?: unknown; readonly headers?: HeaderFields }

export type Received = {
  readonly method: string
  readonly url: string
  readonly status: number
  /** Names in lower case; a field sent several times is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export type TypeName = Resource['resourceType']
export type ResourceOf<T extends TypeName> = Extract<Resource, { resourceType: T }>

const REMEMBERED = 4
const LONGEST_TOLD = 1_500
const TIMEOUT_MS = 240_000
const JSON_TYPE = 'application/fhir+json'

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
}

export function closeConnections(): void {
  for (const agent of Object.values(agents)) agent.destroy()
}

/** Of a server, what a client has to know. The base is without a trailing slash. */
export type Asked = {
  readonly base: string
  readonly claims?: Claims
  readonly authorization?: (method: string, path: string) => Promise<string>
}

export class Fhir {
  readonly base: string
  readonly #server: Asked
  readonly #told: (() => string)[] = []

  constructor(server: Asked) {
    this.base = server.base
    this.#server = server
  }

  /** The last exchanges, for a person to read. */
  get told(): readonly string[] {
    return this.#told.map((tell) => tell())
  }

  /**
   * @param path begins with `/` or `?`, is empty (the base), or is a whole URL; sent as it is
   * @throws NotApplicable for what the server does not claim
   */
  async request(method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Received> {
    const url = /^https?:/.test(path) ? path : `${this.base}${path}`
    const below = url.startsWith(this.base) ? url.slice(this.base.length) : path
    const { claims, authorization } = this.#server
    const reason = claims?.unclaimed(method, below, body)
    if (reason !== undefined) throw new NotApplicable(reason)
    const text =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    const fields: Record<string, string> = {
      accept: JSON_TYPE,
      ...(text === undefined ? {} : { 'content-type': JSON_TYPE }),
      ...(authorization ? { authorization: await authorization(method, below) } : {}),
      ...headers,
    }
    const received = await exchange(method, url, text, fields)
    const { authorization: _secret, ...shown } = fields
    this.#remember(text, shown, received)
    return received
  }

  get(path: string, headers: HeaderFields = {}): Promise<Received> {
    return this.request('GET', path, { headers })
  }

  post(path: string, body: unknown, headers: HeaderFields = {}): Promise<Received> {
    return this.request('POST', path, { body, headers })
  }

  put(path: string, body: unknown, headers: HeaderFields = {}): Promise<Received> {
    return this.request('PUT', path, { body, headers })
  }

  patch(path: string, body: unknown, contentType: string, headers: HeaderFields = {}): Promise<Received> {
    return this.request('PATCH', path, { body, headers: { 'content-type': contentType, ...headers } })
  }

  delete(path: string, headers: HeaderFields = {}): Promise<Received> {
    return this.request('DELETE', path, { headers })
  }

  /** Creates what a case needs; that it can be created is checked elsewhere. */
  async create<R extends Resource>(resource: R): Promise<R & { id: string }> {
    const received = await this.post(`/${resource.resourceType}`, resource, {
      prefer: 'return=representation',
    })
    if (received.status !== 201)
      throw new Unmet(`could not create the ${resource.resourceType} this case needs`)
    const id = idOf(received)
    return { ...resource, id }
  }

  #remember(text: string | Buffer | undefined, fields: HeaderFields, received: Received): void {
    const shown = (value: string): string =>
      value.length > LONGEST_TOLD ? `${value.slice(0, LONGEST_TOLD)}… (${value.length} characters)` : value
    const told = (): string[] => [
      shown(`${received.method} ${received.url}`),
      ...Object.entries(fields).map(([name, value]) => `  ${name}: ${value}`),
      ...(text === undefined ? [] : [`  ${shown(String(text))}`]),
      `→ ${received.status}`,
      ...['location', 'etag', 'last-modified', 'content-type']
        .filter((name) => received.headers[name] !== undefined)
        .map((name) => `  ${name}: ${received.headers[name]}`),
      ...(received.text === '' ? [] : [`  ${shown(received.text)}`]),
    ]
    this.#told.push(() => told().join('\n'))
    if (this.#told.length > REMEMBERED) this.#told.shift()
  }
}

function exchange(
  method: string,
  url: string,
  body: string | Buffer | undefined,
  headers: HeaderFields,
): Promise<Received> {
  const { protocol } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`not an address to ask: ${url}`)
  const module = protocol === 'https:' ? https : http
  // A length always, so that an empty body is told from none.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const request = module.request(
      url,
      { method, headers: { ...length, ...headers }, agent: agents[protocol], timeout: TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const fields = Object.entries(response.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : (value ?? ''),
          ])
          resolve({
            method,
            url,
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(fields),
            text: Buffer.concat(chunks).toString('utf8'),
          })
        })
      },
    )
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    request.once('error', (cause) => reject(new Unmet(`${method} ${url.slice(0, 200)}: ${cause.message}`)))
    request.end(body)
  })
}

/** The answer as a resource of a type; another one is a failure. */
export function resourceOf<T extends TypeName>(received: Received, type: T): ResourceOf<T> {
  const value = jsonOf(received)
  if (!isOfType(value, type)) throw new Unmet(`expected a ${type} in the body`)
  return value
}

/** The answer as a resource of whatever type. */
export function anyResource(received: Received): Resource {
  const value = jsonOf(received)
  if (!isResource(value)) throw new Unmet('expected a resource in the body')
  return value
}

function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && 'resourceType' in value
}

export function jsonOf(received: Received): unknown {
  try {
    return JSON.parse(received.text)
  } catch {
    throw new Unmet(`expected JSON in the body of ${received.status}`)
  }
}

function isOfType<T extends TypeName>(value: unknown, type: T): value is ResourceOf<T> {
  return typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === type
}

export function outcomeOf(received: Received): OperationOutcome {
  return resourceOf(received, 'OperationOutcome')
}

/** From `Location`, else from the body. */
export function idOf(received: Received): string {
  const fromLocation = /\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(
    received.headers.location ?? '',
  )?.[1]
  if (fromLocation !== undefined) return fromLocation
  const value = jsonOf(received)
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string')
    return value.id
  throw new Unmet('the answer tells no id')
}
