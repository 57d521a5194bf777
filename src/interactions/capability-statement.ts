/**
 * What this server can do, told from the very table that routes and the very capabilities that search.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type { SearchDescription } from '../search/describe-search.ts'
import type { Engine } from './engine.ts'

/** What a route is, in the words of a CapabilityStatement. */
export type RestCapability =
  /** An interaction on the whole system: `transaction`, `history-system` … */
  | { readonly system: string }
  /** An interaction on one type, or on each of the types served. */
  | { readonly type: string | 'every'; readonly code: string }
  /** The conditional form of one, which is a flag of the resource. */
  | { readonly type: string | 'every'; readonly conditional: 'create' | 'update' | 'patch' | 'delete' }
  /** `type` undefined: on the whole system. */
  | { readonly type?: string | 'every'; readonly operation: string; readonly definition: string }
  /** Part of another claim: a second form of the same search. */
  | { readonly partOf: string }

export type Statement = {
  readonly title: string
  readonly description: string
  readonly instantiates?: readonly string[]
  readonly rest: readonly RestCapability[]
  /** The types served. */
  readonly types: readonly string[]
  readonly search: (
    type: string,
  ) => { readonly searchParam: readonly object[] } | SearchDescription | undefined
  /** Elements of `rest.resource` that no route tells: `updateCreate`, `conditionalDelete` … */
  readonly resource: (type: string) => object
  readonly security?: object
  readonly version: string
  /** ISO 8601: when this software was built or started. */
  readonly date: string
}

export function capabilityStatement(engine: Engine, statement: Statement): string {
  const { rest, types } = statement
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    url: `${engine.base}/metadata`,
    version: statement.version,
    name: 'DmpFhirServer',
    title: statement.title,
    status: 'active',
    date: statement.date,
    kind: 'instance',
    ...(statement.instantiates ? { instantiates: statement.instantiates } : {}),
    software: { name: 'dmp-fhir-server', version: statement.version },
    implementation: { description: statement.description, url: engine.base },
    fhirVersion: engine.registry.fhirVersion,
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    ...(rest.some((claim) => 'code' in claim && claim.code === 'patch')
      ? { patchFormat: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'] }
      : {}),
    rest: [
      {
        mode: 'server',
        ...(statement.security ? { security: statement.security } : {}),
        resource: types.map((type) => resource(type, statement)),
        ...listed(
          'interaction',
          rest.flatMap((claim) => ('system' in claim ? [{ code: claim.system }] : [])),
        ),
        ...listed('operation', operationsOf(rest, undefined)),
      },
    ],
  })
}

function resource(type: string, statement: Statement): object {
  const own = statement.rest.filter(
    (claim) => 'type' in claim && (claim.type === type || claim.type === 'every'),
  )
  const codes = [...new Set(own.flatMap((claim) => ('code' in claim ? [claim.code] : [])))]
  const conditional = new Set(own.flatMap((claim) => ('conditional' in claim ? [claim.conditional] : [])))
  return {
    type,
    interaction: codes.map((code) => ({ code })),
    versioning: codes.includes('vread') ? 'versioned' : 'no-version',
    readHistory: codes.includes('vread'),
    conditionalRead: 'full-support',
    ...(conditional.has('create') ? { conditionalCreate: true } : {}),
    ...(conditional.has('update') ? { conditionalUpdate: true } : {}),
    ...statement.resource(type),
    ...(codes.includes('search-type') ? withoutEmpty(statement.search(type)) : {}),
    ...listed('operation', operationsOf(statement.rest, type)),
  }
}

function operationsOf(rest: readonly RestCapability[], type: string | undefined): object[] {
  const own = rest.flatMap((claim) => {
    if (!('operation' in claim)) return []
    const asked = claim.type === type || (type !== undefined && claim.type === 'every')
    return asked ? [[claim.operation, claim.definition] as const] : []
  })
  return [...new Map(own)].map(([name, definition]) => ({ name, definition }))
}

function withoutEmpty(description: object | undefined): object {
  return Object.fromEntries(Object.entries(description ?? {}).filter(([, list]) => list.length > 0))
}

/** FHIR has no empty arrays. */
function listed(name: string, items: readonly object[]): object {
  return items.length > 0 ? { [name]: items } : {}
}
