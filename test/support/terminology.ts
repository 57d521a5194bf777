/** What the terminology operations know in tests: R4 and our tables. And a short way to ask them. */
import { assetPath } from '../../src/asset-path.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/json.ts'
import { type CodeSource, layered, sourceOf } from '../../src/terminology/code-source.ts'
import { frenchTables } from '../../src/terminology/french-tables.ts'
import { loadTerminology } from '../../src/terminology/load-terminology.ts'
import {
  answerOperation,
  terminologyOperations,
} from '../../src/terminology/operations/terminology-operations.ts'
import { profiles } from './profiles.ts'

export const codes: CodeSource = layered(
  loadTerminology(assetPath('terminology.bin')),
  sourceOf(frenchTables(profiles)),
)

export type Asked = {
  readonly query?: readonly (readonly [string, string])[]
  readonly body?: JsonObject
  readonly instance?: JsonObject
  readonly source?: CodeSource
}

/** `ask('ValueSet/$expand', { query: [['url', '…']] })` */
export function ask(path: string, { query = [], body, instance, source = codes }: Asked): JsonObject {
  const operation = terminologyOperations.find(({ type, name }) => path === `${type}/$${name}`)
  if (!operation) throw new Error(`${path} is no operation`)
  const setting = { source, language: 'en', now: Date.UTC(2026, 10, 22), expansionId: 'urn:uuid:1' } as const
  return answerOperation(operation, { pairs: query, body }, setting, instance)
}

/** `403 forbidden code {params}` of a refusal; anything else thrown goes on. */
export function refusalOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    const [issue] = error.issues
    return `${error.status} ${issue.type} ${issue.error} ${Object.values(issue.params ?? {}).join(' ')}`.trim()
  }
  return 'no refusal'
}

export function expansionOf(valueSet: JsonObject): { total: JsonValue; contains: readonly JsonObject[] } {
  const { expansion } = valueSet
  if (!isJsonObject(expansion)) throw new Error('no expansion')
  const contains = Array.isArray(expansion.contains) ? expansion.contains.filter(isJsonObject) : []
  return { total: expansion.total ?? null, contains }
}

/** The values of a Parameters resource by name, parts as objects of their own. */
export function valuesOf(parameters: JsonObject): { readonly [name: string]: JsonValue[] } {
  const values: { [name: string]: JsonValue[] } = {}
  const list = parameters.parameter ?? parameters.part
  for (const parameter of Array.isArray(list) ? list.filter(isJsonObject) : []) {
    const [, value = null] = Object.entries(parameter).find(([key]) => key.startsWith('value')) ?? []
    const name = String(parameter.name)
    values[name] = [...(values[name] ?? []), 'part' in parameter ? valuesOf(parameter) : value]
  }
  return values
}
