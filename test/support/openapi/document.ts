/** A kept OpenAPI document, as the tests look at it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Answer, Shown } from '../../../scripts/openapi/examples/exchange.ts'
import type { Node, NodeValue } from '../../../scripts/openapi/openapi-document.ts'
import { packageRoot } from '../../../src/asset-path.ts'

type Media = {
  readonly schema?: Node
  readonly examples?: Readonly<Record<string, { readonly value: NodeValue }>>
}
type Content = Readonly<Record<string, Media>>
export type Parameter = {
  readonly $ref?: string
  readonly name?: string
  readonly in?: string
  readonly schema?: Node
  readonly examples?: Readonly<Record<string, { readonly value: NodeValue }>>
}
export type Response = {
  readonly $ref?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Content
}
/** `x-requests`, one of them. */
type Request = {
  readonly name: string
  readonly step: number
  readonly as: string | null
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly text?: NodeValue
  readonly status: number
  readonly type?: string
  readonly answered?: Readonly<Record<string, string>>
}
export type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, Response>>
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly 'x-requests'?: readonly Request[]
}
export type Document = {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>> & {
    readonly responses: Readonly<Record<string, Response>>
    readonly parameters: Readonly<Record<string, Parameter>>
  }
}
export type Told = {
  readonly method: string
  readonly path: string
  readonly atRoot: boolean
  readonly operation: Operation
}

export const kept = (file: string): string => readFileSync(join(packageRoot(), file), 'utf8')
// What is tested is what is kept: the file, and not what would be written now.
export function documentOf(file: string): Document {
  const text = kept(file)
  const known = parsed.get(text)
  if (known) return known
  const document: Document = parse(text)
  parsed.set(text, document)
  return document
}
const parsed = new Map<string, Document>()

const methods = new Set(['get', 'post', 'put', 'patch', 'delete'])

export function operationsOf({ paths }: Document): Told[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]): Told[] =>
      methods.has(method)
        ? [
            {
              method: method.toUpperCase(),
              path,
              atRoot: item.servers !== undefined,
              operation: operation as Operation,
            },
          ]
        : [],
    ),
  )
}

export function responseOf({ components }: Document, { $ref, ...response }: Response): Response {
  return $ref === undefined ? response : (components.responses[$ref.split('/').at(-1) ?? ''] ?? {})
}

export function parameterOf({ components }: Document, parameter: Parameter): Parameter {
  return parameter.$ref === undefined
    ? parameter
    : (components.parameters[parameter.$ref.split('/').at(-1) ?? ''] ?? {})
}

export type Exchanged = { readonly told: Told; readonly shown: Shown; readonly expected: Answer }

/** Every request that is shown, in the order in which they are sent, with the answer that is shown. */
export function exchangesOf(document: Document): Exchanged[] {
  return operationsOf(document)
    .flatMap((told) =>
      (told.operation['x-requests'] ?? []).map((request) => exchanged(document, told, request)),
    )
    .sort((a, b) => a.shown.step - b.shown.step)
}

function exchanged(document: Document, told: Told, request: Request): Exchanged {
  const { name, step, as, headers = {}, status, type, answered = {} } = request
  const [method = '', url = ''] = request.request.split(' ', 2)
  const { requestBody, responses } = told.operation
  const sent = headers['Content-Type'] ?? ''
  const body = request.body === undefined ? request.text : example(requestBody?.content, sent, request.body)
  const answer = type && example(responseOf(document, responses[String(status)] ?? {}).content, type, name)
  return {
    told,
    shown: { name, step, as: as ?? undefined, method, url, headers, body, status },
    expected: {
      status,
      headers: answered,
      ...(type === undefined ? {} : { type }),
      ...(answer === undefined ? {} : { body: answer }),
    },
  }
}

function example(content: Content | undefined, type: string, name: string): NodeValue | undefined {
  return (content?.[type] ?? content?.['*/*'])?.examples?.[name]?.value
}

/** How many examples stand in it, each at its place: parameters, bodies, answers. @param names of exchanges */
export function countExamples(value: unknown, names: ReadonlySet<string>): { shown: number; named: number } {
  const total = { shown: 0, named: 0 }
  if (typeof value !== 'object' || value === null) return total
  for (const [key, inner] of Object.entries(value)) {
    const isExamples =
      key === 'examples' && typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    if (key === 'example' || (key === 'examples' && Array.isArray(inner))) total.shown++
    if (isExamples) {
      total.shown += Object.keys(inner).length
      total.named += Object.keys(inner).filter((name) => names.has(name)).length
    } else if (key !== 'x-requests') {
      const below = countExamples(inner, names)
      total.shown += below.shown
      total.named += below.named
    }
  }
  return total
}
