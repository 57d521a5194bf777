/** What a conformance test sends and gets: plain HTTP, the answer as bytes, text and JSON. */
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
    const response = await fetch(/^https?:/.test(path) ? path : `${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: token }),
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
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
