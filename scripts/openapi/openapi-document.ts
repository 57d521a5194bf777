/**
 * An OpenAPI document as data: the pieces of it that are used here, and how they come together. Whatever a table of
 * routes and a table of words must both have is demanded both ways: a route without words, or words without a route, is
 * an error and no document.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import type { Route } from '../../src/interactions/route.ts'
import { type Place, toldBy } from './examples/exchange.ts'
import { placed, type Scenario, withExamples } from './with-examples.ts'

export type Node = { readonly [key: string]: NodeValue }
export type NodeValue = string | number | boolean | null | readonly NodeValue[] | Node

/** What a route's table does not say, in the words of who will call it. */
export type Words = {
  readonly operationId: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** Names of `components/parameters`, or whole ones. */
  readonly parameters?: readonly (string | Node)[]
  readonly requestBody?: Node
  /** Status → a response, or the name of one of `components/responses`. */
  readonly answers: Readonly<Record<number, Node | string>>
  readonly refusals?: readonly RefusalStatus[]
}

export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 406
  | 409
  | 410
  | 412
  | 413
  | 415
  | 416
  | 422
  | 429
  | 500
  | 503

export type Described = {
  readonly method: string
  /** As OpenAPI writes it. */
  readonly path: string
  readonly words: Words
  readonly security?: readonly Node[]
  /** Where the path is not below the FHIR base. */
  readonly servers?: readonly Node[]
}

export type Contract = {
  readonly info: Node
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly operations: readonly Described[]
  readonly components: Readonly<Record<string, Node>>
  readonly scenario: Scenario
  /** Beside what OpenAPI has: names begin with `x-`. */
  readonly more?: Node
}

/** The document is served beside the FHIR base, so that a relative address leads there wherever the server runs. */
const FHIR_BASE = '/fhir'

export function openApiDocument({ info, tags, operations, components, scenario, more }: Contract): Node {
  const paths: Record<string, Record<string, NodeValue>> = {}
  const exchanges = placed(scenario, placesOf(operations))
  const told = toldBy(scenario.exchanges, scenario.answers)
  for (const described of operations) {
    const item = paths[described.path] ?? (described.servers ? { servers: described.servers } : {})
    paths[described.path] = item
    const method = described.method.toLowerCase()
    if (item[method]) throw new Error(`${described.method} ${described.path} is described twice`)
    item[method] = withExamples(
      operationOf(described),
      exchanges.get(described.words.operationId) ?? [],
      components,
      told,
    )
  }
  return {
    openapi: '3.1.1',
    info,
    servers: [{ url: FHIR_BASE, description: 'The FHIR base, relative to the address of this document' }],
    ...more,
    tags,
    paths,
    components: withoutUnused(paths, components),
  }
}

/** A parameter or refusal that has examples stands at its operation; where all do, it is not shared any more. */
function withoutUnused(paths: Node, components: Contract['components']): Node {
  const { parameters = {}, responses = {}, headers = {}, ...others } = components
  const shared = { parameters: used(parameters, paths), responses: used(responses, paths) }
  return { ...others, ...shared, headers: used(headers, { paths, ...shared }) }
}

function used(named: Node, within: Node): Node {
  const names = new Set(
    [...JSON.stringify(within).matchAll(/"#\/components\/\w+\/([^"]+)"/g)].map(([, name]) => name),
  )
  return Object.fromEntries(Object.entries(named).filter(([name]) => names.has(name)))
}

/** Where each operation is asked for. */
export function placesOf(operations: readonly Described[]): ReadonlyMap<string, Place> {
  return new Map(
    operations.map(({ method, path, servers, words }) => [
      words.operationId,
      { method, path, atRoot: servers !== undefined },
    ]),
  )
}

function operationOf({ path, words, security }: Described): Node {
  const {
    operationId,
    tag,
    summary,
    description,
    parameters = [],
    requestBody,
    answers,
    refusals = [],
  } = words
  const given = [...pathParameters(path), ...parameters].map((parameter) =>
    typeof parameter === 'string' ? reference('parameters', parameter) : parameter,
  )
  const statuses = [...new Set(refusals)].sort((a, b) => a - b)
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(given.length > 0 ? { parameters: given } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, answer]) => [
        status,
        typeof answer === 'string' ? reference('responses', answer) : answer,
      ]),
      ...statuses.map((status) => [String(status), reference('responses', `Refused${status}`)]),
    ]),
    ...(security ? { security } : {}),
  }
}

function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path.${name}`)
}

export function reference(
  kind: 'parameters' | 'responses' | 'schemas' | 'headers' | 'examples',
  name: string,
): Node {
  return { $ref: `#/components/${kind}/${name}` }
}

/** `/:type/:id` → `/{type}/{id}` */
export function pathOf({ url, interaction }: Pick<Route, 'url' | 'interaction'>): string {
  const path = url.replace(/:(\w+)/g, '{$1}')
  // The third part of the path of a compartment is a type; the router calls it as it calls a version.
  return interaction === 'search-compartment' ? path.replace('{version}', '{member}') : path
}

/** Each route with its words. @throws when one is without the other */
export function described<R extends Pick<Route, 'method' | 'url' | 'interaction'>>(
  routes: readonly R[],
  words: ReadonlyMap<string, Words>,
): { readonly route: R; readonly path: string; readonly words: Words }[] {
  const left = new Set(words.keys())
  const all = routes.map((route) => {
    const key = `${route.method} ${route.url}`
    const found = words.get(key)
    if (!found) throw new Error(`${key} has no words in scripts/openapi`)
    left.delete(key)
    return { route, path: pathOf(route), words: found }
  })
  if (left.size > 0) throw new Error(`Words without a route: ${[...left].join(', ')}`)
  return all
}

export function isNode(value: NodeValue | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
