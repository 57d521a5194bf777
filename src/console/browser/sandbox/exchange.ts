/**
 * One request to the server's public interface and its answer, as they were: what the journal shows, and what its `curl`
 * repeats. Same origin alone; no cookie, no referrer, nothing kept by the browser.
 */
import { parseJson } from './read-json.ts'

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Below the FHIR base, with its leading slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or a form. */
  readonly body?: object | URLSearchParams
}

export type Request = {
  readonly method: string
  /** Absolute. */
  readonly url: string
  /** Without the token: `Authorization` is `Bearer $TOKEN` wherever it is shown. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export type Answer = {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Undefined for what is no JSON. */
  readonly json: unknown
  readonly milliseconds: number
}

export type Exchange = { readonly request: Request; readonly answer: Answer }

/** Nobody answered: the server is away, or too slow. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const TIMEOUT_MS = 60_000

/** @param token undefined for the public addresses @throws NoAnswer */
export async function send(request: Request, token: string | undefined): Promise<Exchange> {
  const began = performance.now()
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(request.body === undefined ? {} : { body: request.body }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const milliseconds = performance.now() - began
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    const json = /[/+]json$/.test(mediaType) ? parseJson(new TextDecoder().decode(bytes)) : undefined
    const { status } = response
    return {
      request,
      answer: { status, headers: [...response.headers], mediaType, bytes, json, milliseconds },
    }
  } catch (cause) {
    throw new NoAnswer('no answer', { cause })
  }
}

/** @param base of FHIR, absolute */
export function requestOf(base: string, call: Call, language: string): Request {
  const { method, path, headers = {}, body } = call
  const form = body instanceof URLSearchParams
  const type = form ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
  return {
    method,
    url: `${base}${path}`,
    headers: {
      accept: 'application/fhir+json',
      'accept-language': language,
      ...(body === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    body: body === undefined ? undefined : form ? body.toString() : JSON.stringify(body),
  }
}

/** What a shell repeats it with: `$TOKEN` stands for the token, which `dmp token` gives. */
export function curlOf({ method, url, headers, body }: Request): string {
  const lines = [
    `curl -s -i${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body)}`]),
  ]
  return lines.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
