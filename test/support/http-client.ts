/**
 * What a conformance test sends and gets: plain HTTP, the answer as bytes, text and JSON. Over `node:http`, whose connections
 * are kept: `fetch` took a seventh of the processor in tests of many requests.
 */
import { Agent, type IncomingMessage, request as send } from 'node:http'
import { request as sendOverTls, Agent as TlsAgent } from 'node:https'
import type { OperationOutcome, Resource } from '@medplum/fhirtypes'

export type Received = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
  readonly text: string
}

export type HeaderFields = Readonly<Record<string, string>>

export type Client = {
  readonly request: (
    method: string,
    path: string,
    content?: { readonly body?: unknown; readonly headers?: HeaderFields },
  ) => Promise<Received>
  readonly get: (path: string, headers?: HeaderFields) => Promise<Received>
  readonly post: (path: string, body: unknown, headers?: HeaderFields) => Promise<Received>
  readonly put: (path: string, body: unknown, headers?: HeaderFields) => Promise<Received>
}

/**
 * @param url what a path beginning with `/` is put behind; other paths are whole URLs
 * @param authorization the header for each request, or undefined for none
 */
export function httpClient(url: string, authorization: () => Promise<string | undefined>): Client {
  const request: Client['request'] = async (method, path, { body, headers = {} } = {}) => {
    const token = await authorization()
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const target = new URL(/^https?:/.test(path) ? path : `${url}${path}`)
    const response = await answerOf(target, method, text, {
      ...(token === undefined ? {} : { authorization: token }),
      // Node says no length of its own accord with DELETE, and the body is then taken for another request.
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/fhir+json', 'content-length': `${Buffer.byteLength(text)}` }),
      ...headers,
    })
    const bytes = await bytesOf(response)
    return {
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
      ),
      bytes,
      text: bytes.toString('utf8'),
    }
  }
  return {
    request,
    get: (path, headers = {}) => request('GET', path, { headers }),
    post: (path, body, headers = {}) => request('POST', path, { body, headers }),
    put: (path, body, headers = {}) => request('PUT', path, { body, headers }),
  }
}

/** `buffer` of node:stream/consumers makes a Blob on the way: a fortieth of the processor in tests of many requests. */
function bytesOf(response: IncomingMessage): Promise<Buffer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = []
    response
      .on('data', (chunk: Buffer) => void chunks.push(chunk))
      .once('end', () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
      .once('error', failed)
  })
}

const plain = new Agent({ keepAlive: true })
const overTls = new TlsAgent({ keepAlive: true })

function answerOf(
  target: URL,
  method: string,
  body: string | undefined,
  headers: HeaderFields,
): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const request =
      target.protocol === 'https:'
        ? sendOverTls(target, { agent: overTls, method, headers })
        : send(target, { agent: plain, method, headers })
    request.on('response', done).on('error', failed).end(body)
  })
}

/** The resource of an answer; another one than expected is said with all of the answer. */
export function resourceOf<T extends Resource['resourceType']>(
  received: Received,
  type: T,
): Extract<Resource, { resourceType: T }> {
  const value: unknown = received.text === '' ? undefined : JSON.parse(received.text)
  if (!isOfType(value, type)) throw new Error(`${received.status}, and no ${type}: ${received.text}`)
  return value
}

function isOfType<T extends Resource['resourceType']>(
  value: unknown,
  type: T,
): value is Extract<Resource, { resourceType: T }> {
  return typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === type
}

/** `422 value ins-cle I1 @ List.subject`, one line for each issue; `200` for what is no refusal. */
export function verdict(received: Received): string {
  if (received.status < 400) return String(received.status)
  const outcome: OperationOutcome = resourceOf(received, 'OperationOutcome')
  return outcome.issue
    .map(({ code, details, expression }) => {
      const codes = (details?.coding ?? []).map((coding) => coding.code).join(' ')
      const at = expression?.length ? ` @ ${expression.join(', ')}` : ''
      return `${received.status} ${code} ${codes}${at}`
    })
    .join('\n')
}
