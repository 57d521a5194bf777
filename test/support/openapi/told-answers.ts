/**
 * Whether what a server answers is told of in the document: status, headers and format of every answer, parameters of every
 * request that is taken. It goes by an index (test/golden), made of the document and small enough to be read by every test
 * that asks a server.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OperationOutcome } from '@medplum/fhirtypes'
import { errorFacts, type Facts } from '../../../scripts/errors/error-facts.ts'
import { packageRoot } from '../../../src/asset-path.ts'
import type { Received } from '../http-client.ts'
import { type Document, operationsOf, parameterOf, responseOf } from './document.ts'

type Answered = { readonly headers: readonly string[]; readonly types: readonly string[] }
type Indexed = {
  /** Parts of the path; `*` for a parameter. */
  readonly path: string
  readonly query: readonly string[]
  readonly types: readonly string[]
  readonly statuses: Readonly<Record<string, Answered>>
}
/** Method and path → what is told. */
export type Index = Readonly<Record<string, readonly Indexed[]>>

export function indexOf(document: Document): Index {
  const index: Record<string, Indexed[]> = {}
  for (const { method, path, atRoot, operation } of operationsOf(document)) {
    const { parameters = [], requestBody, responses } = operation
    const entry: Indexed = {
      path: `${atRoot ? '' : '/fhir'}${path.replace(/\{\w+\}/g, '*')}`,
      query: parameters.flatMap((parameter) => {
        const { in: place, name = '' } = parameterOf(document, parameter)
        return place === 'query' ? [name] : []
      }),
      types: Object.keys(requestBody?.content ?? {}),
      statuses: Object.fromEntries(
        Object.entries(responses).map(([status, response]) => {
          const { headers = {}, content = {} } = responseOf(document, response)
          return [
            status,
            { headers: Object.keys(headers).map((name) => name.toLowerCase()), types: Object.keys(content) },
          ]
        }),
      ),
    }
    index[method] = [...(index[method] ?? []), entry]
  }
  return index
}

export const INDEX_FILE = 'openapi-index.json'
let read: Index | undefined

function index(): Index {
  read ??= JSON.parse(readFileSync(join(packageRoot(), 'test', 'golden', INDEX_FILE), 'utf8')) as Index
  return read
}

/** Of HTTP itself, and not of an operation. */
const ofHttp = new Set([
  'content-encoding',
  'vary',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
])
/** The same format by another name (docs/api.md "Headers"). */
const sameAs: Readonly<Record<string, string>> = {
  'application/json': 'application/fhir+json',
  'application/xml': 'application/fhir+xml',
  'text/xml': 'application/fhir+xml',
}
/** Of a path that is not told of, or of a method that it does not have. */
const ofNoOperation = new Set([400, 401, 404, 405, 429, 503])

export type Asked = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What is not told of; empty when all is. */
export function untold({ method, url, headers }: Asked, received: Received, told: Index = index()): string[] {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const asked = partsOf(pathname)
  const entry = routesOf(told[method === 'HEAD' ? 'GET' : method] ?? []).find(({ parts }) =>
    fits(parts, asked),
  )?.entry
  const { status } = received
  if (!entry) return ofNoOperation.has(status) ? [] : [`${status} of no operation`]
  const answered = entry.statuses[String(status)]
  // The form of the URL itself is refused before there is a route.
  if (!answered) return [`status ${status}`]
  const type = mediaType(received.headers['content-type'])
  return [
    ...Object.keys(received.headers)
      .filter((name) => !ofHttp.has(name) && !answered.headers.includes(name))
      .map((name) => `header ${name} of ${status}`),
    ...(received.text === '' || isTold(answered.types, type) ? [] : [`${status} as ${type}`]),
    ...(status < 300 ? untoldOfRequest(entry, searchParams, headers) : untoldErrors(received)),
  ]
}

/** Refusals that docs/errors.md does not have with this status and this code of the issue. */
function untoldErrors({ status, headers, text }: Received): string[] {
  if (status < 400 || mediaType(headers['content-type']) !== 'application/fhir+json' || text === '') return []
  const { issue = [] }: OperationOutcome = JSON.parse(text)
  return issue.flatMap(({ code, details }) => {
    const error = details?.coding?.[0]?.code ?? ''
    return facts.get(error)?.answers.includes(`${status} ${code}`)
      ? []
      : [`docs/errors.md: ${error} as ${status} ${code}`]
  })
}

const facts: ReadonlyMap<string, Facts> = new Map(Object.entries(errorFacts))

function untoldOfRequest(
  { query, types }: Indexed,
  parameters: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): string[] {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const isLenient = /handling\s*=\s*"?lenient/i.test(lower.prefer ?? '')
  // Any search parameter of a type: openapi-fhir.yaml.
  const isForm = lower['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  const isOpen = query.includes('criteria')
  // A form has its parameters in the body.
  const names = isLenient || isOpen || isForm ? [] : [...new Set(parameters.keys())]
  const type = mediaType(lower['content-type'])
  return [
    ...names
      .filter((name) => !query.includes(name) && !query.includes(name.split(/[:.]/)[0] ?? ''))
      .map((name) => `parameter ${name}`),
    ...(type === '' || types.length === 0 || isTold(types, sameAs[type] ?? type) ? [] : [`body as ${type}`]),
  ]
}

function isTold(types: readonly string[], type: string): boolean {
  return types.includes(type) || types.includes('*/*')
}

function mediaType(header = ''): string {
  return header.replace(/;.*/, '').trim()
}

type Route = { readonly entry: Indexed; readonly parts: readonly string[] }
const routes = new WeakMap<readonly Indexed[], readonly Route[]>()

/** The most exact first. */
function routesOf(entries: readonly Indexed[]): readonly Route[] {
  const known = routes.get(entries)
  if (known) return known
  const made = entries
    .map((entry) => ({ entry, parts: partsOf(entry.path) }))
    .sort((a, b) => stars(a) - stars(b))
  routes.set(entries, made)
  return made
}

const partsOf = (path: string): readonly string[] => path.replace(/(.)\/$/, '$1').split('/')

function fits(wanted: readonly string[], given: readonly string[]): boolean {
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part === '*' && !/^[$_]/.test(given[i] ?? '$')))
  )
}

const stars = ({ parts }: Route): number => parts.filter((part) => part === '*').length
