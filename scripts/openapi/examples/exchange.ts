/**
 * A request that is shown in the document, with what it is answered: written once, sent to a real server by
 * test/openapi.test.ts, in the order of the scenario. The answers are those that were received (test/golden), never
 * invented here.
 */
import type { Node, NodeValue } from '../openapi-document.ts'

export type Exchange = {
  /** By which the examples of the document are named, and later requests. Unique. */
  readonly name: string
  readonly operationId: string
  readonly summary: string
  /** One of the callers; nobody: without a token. */
  readonly as?: string
  /** `{name}` stands for something that an earlier answer told: here, in the query, headers and bodies. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** A JSON body, or text; `type` is FHIR JSON unless said. */
  readonly body?: { readonly value: unknown; readonly type?: string }
  readonly form?: Readonly<Record<string, string>>
  readonly status: number
  /** What later requests take from this answer: the first group, looked for in `Location` and the body. */
  readonly tells?: Readonly<Record<string, RegExp>>
  /** Why the answer is not shown: it is checked against its schema all the same. */
  readonly unshown?: string
}

/** What was received, with everything of one run made stable (test/support/openapi/stable-answers.ts). */
export type Answer = {
  readonly status: number
  readonly type?: string
  /** Those that say something of this answer. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: NodeValue
}
export type Answers = Readonly<Record<string, Answer>>

/** A request as it is sent. */
export type Shown = {
  readonly name: string
  readonly step: number
  readonly as: string | undefined
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: NodeValue | undefined
  readonly status: number
}

export type Place = { readonly method: string; readonly path: string; readonly atRoot: boolean }

export const FHIR_JSON = 'application/fhir+json'
export const FORM = 'application/x-www-form-urlencoded'

/** What the answers so far have told. */
export function toldBy(exchanges: readonly Exchange[], answers: Answers): ReadonlyMap<string, string> {
  const told = new Map<string, string>()
  for (const { name, tells = {} } of exchanges) {
    const answer = answers[name]
    if (!answer) continue
    const text = `${answer.headers.Location ?? ''}\n${answer.headers.ETag ?? ''}\n${JSON.stringify(answer.body ?? '')}`
    for (const [what, where] of Object.entries(tells)) {
      const [, found] = where.exec(text) ?? []
      if (found === undefined) throw new Error(`${name} does not tell ${what}: ${text.slice(0, 2000)}`)
      told.set(what, found)
    }
  }
  return told
}

/** @throws when it names what nobody has told */
export function filledIn(text: string, told: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = told.get(name)
    if (value === undefined) throw new Error(`{${name}} is told by no earlier answer`)
    return value
  })
}

function allFilledIn(
  values: Readonly<Record<string, string>>,
  told: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filledIn(value, told)]))
}

/** The values of its parameters, by where they stand. */
export function valuesOf(
  { path = {}, query = {}, headers = {} }: Exchange,
  told: ReadonlyMap<string, string>,
): Readonly<Record<'path' | 'query' | 'header', Readonly<Record<string, string>>>> {
  return {
    path: allFilledIn(path, told),
    query: allFilledIn(query, told),
    header: allFilledIn(headers, told),
  }
}

export function shownRequest(
  exchange: Exchange,
  step: number,
  { method, path, atRoot }: Place,
  told: ReadonlyMap<string, string>,
): Shown {
  const values = valuesOf(exchange, told)
  const below = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values.path[name]
    if (value === undefined) throw new Error(`${exchange.name}: {${name}} has no value`)
    return value
  })
  const query = Object.entries(values.query)
    .map(([name, value]) => `${name}=${readable(value)}`)
    .join('&')
  const { body, form, as, name, status } = exchange
  const type = form ? FORM : body ? (body.type ?? FHIR_JSON) : undefined
  const value = form ? allFilledIn(form, told) : body && bodyOf(body.value, told)
  return {
    name,
    step,
    as,
    method,
    url: `${atRoot ? '' : '/fhir'}${below}${query === '' ? '' : `?${query}`}`,
    headers: { ...(type === undefined ? {} : { 'Content-Type': type }), ...values.header },
    body: value,
    status,
  }
}

/** As a URL takes it, with what a reader looks for left as it is. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(2F|3A|2C|24)/g, (code) => decodeURIComponent(code))
}

function bodyOf(value: unknown, told: ReadonlyMap<string, string>): NodeValue {
  return JSON.parse(filledIn(JSON.stringify(value), told))
}

/**
 * The request in the document: `x-requests` of its operation.
 * @param body the name of the example that it sends, when there is one
 */
export function exchangeNode(
  { summary }: Exchange,
  shown: Shown,
  answer: Answer | undefined,
  body: string | undefined,
): Node {
  const { name, step, as, method, url, headers, status } = shown
  return {
    name,
    step,
    summary,
    as: as ?? null,
    request: `${method} ${url}`,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(shown.body === undefined ? {} : body === undefined ? { text: shown.body } : { body }),
    status,
    ...(answer?.type === undefined ? {} : { type: answer.type }),
    ...(answer && Object.keys(answer.headers).length > 0 ? { answered: answer.headers } : {}),
  }
}
