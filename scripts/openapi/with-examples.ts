/**
 * The exchanges of a scenario, put where a reader looks for them: values at parameters, bodies at requests and answers, and
 * the whole request, ready to be sent, as `x-requests` of its operation.
 */
import {
  type Answers,
  type Exchange,
  exchangeNode,
  FORM,
  type Place,
  type Shown,
  shownRequest,
  toldBy,
  valuesOf,
} from './examples/exchange.ts'
import { isNode, type Node, type NodeValue } from './openapi-document.ts'

export type Scenario = { readonly exchanges: readonly Exchange[]; readonly answers: Answers }

type Components = Readonly<Record<string, Node>>
/** One exchange, where it belongs and what it was answered. */
type Placed = {
  readonly exchange: Exchange
  readonly shown: Shown
  readonly answer: Answers[string] | undefined
}

/** @returns the exchanges of each operation, in the order in which they are sent */
export function placed(
  { exchanges, answers }: Scenario,
  places: ReadonlyMap<string, Place>,
): ReadonlyMap<string, readonly Placed[]> {
  const told = toldBy(exchanges, answers)
  const by = new Map<string, Placed[]>()
  const names = new Set<string>()
  exchanges.forEach((exchange, index) => {
    const { name, operationId } = exchange
    if (names.has(name)) throw new Error(`Two exchanges are called ${name}`)
    names.add(name)
    const place = places.get(operationId)
    if (!place) throw new Error(`${name} is of no operation: ${operationId}`)
    // While answers are still to be received, later requests cannot be written.
    const answer = answers[name]
    if (!answer) return
    const shown = shownRequest(exchange, index + 1, place, told)
    by.set(operationId, [...(by.get(operationId) ?? []), { exchange, shown, answer }])
  })
  return by
}

/** @param told what earlier answers have told, for the values of parameters */
export function withExamples(
  operation: Node,
  all: readonly Placed[],
  components: Components,
  told: ReadonlyMap<string, string>,
): Node {
  if (all.length === 0) return operation
  let result = operation
  for (const each of all) {
    result = withValues(result, each.exchange, components, told)
    if (bodyOf(each, all) === each.exchange.name) result = withBody(result, each)
    result = withAnswer(result, each, components)
  }
  return {
    ...result,
    'x-requests': all.map((each) =>
      exchangeNode(
        each.exchange,
        each.shown,
        each.answer,
        isTold(each, result) ? bodyOf(each, all) : undefined,
      ),
    ),
  }
}

/** Whether its format is one of those that the operation takes. */
function isTold({ shown }: Placed, { requestBody }: Node): boolean {
  const type = shown.headers['Content-Type']
  return (
    type !== undefined && isNode(requestBody) && isNode(requestBody.content) && type in requestBody.content
  )
}

/** The first exchange of this operation that sends the same: its example is shown once. */
function bodyOf({ shown }: Placed, all: readonly Placed[]): string | undefined {
  if (shown.body === undefined) return undefined
  const text = JSON.stringify(shown.body)
  const type = shown.headers['Content-Type']
  return all.find(
    ({ shown: other }) => JSON.stringify(other.body) === text && other.headers['Content-Type'] === type,
  )?.exchange.name
}

function withValues(
  operation: Node,
  exchange: Exchange,
  components: Components,
  told: ReadonlyMap<string, string>,
): Node {
  const { parameters } = operation
  if (!isList(parameters)) return operation
  const values = valuesOf(exchange, told)
  return {
    ...operation,
    parameters: parameters.map((given) => {
      const parameter = dereferenced(given, components)
      const { name, in: place, schema, examples } = parameter
      if (place !== 'path' && place !== 'query' && place !== 'header') return given
      const value = values[place][String(name)]
      // What is refused may be refused for its value.
      if (value === undefined || exchange.status >= 400) return given
      const known = isNode(examples) ? examples : {}
      const typed = asTyped(value, isNode(schema) ? dereferenced(schema, components) : {})
      return {
        ...parameter,
        examples: { ...known, [exchange.name]: { summary: exchange.summary, value: typed } },
      }
    }),
  }
}

function asTyped(value: string, { type }: Node): NodeValue {
  if (type === 'array') return [value]
  if (type === 'integer') return Number(value)
  if (type === 'boolean') return value === 'true'
  return value
}

function withBody(operation: Node, { exchange, shown }: Placed): Node {
  const { requestBody } = operation
  const type = shown.headers['Content-Type']
  if (shown.body === undefined || type === undefined) return operation
  if (!isNode(requestBody) || !isNode(requestBody.content))
    throw new Error(`${exchange.name}: no body is told of`)
  const { content } = requestBody
  // What is refused for its format is none of those that are told of: it stands in x-requests as text.
  if (!(type in content)) return operation
  return {
    ...operation,
    requestBody: {
      ...requestBody,
      content: withExample(content, type, exchange, typedForm(type, shown.body, content[type])),
    },
  }
}

/** The fields of a form as their schemas have them; any other body as it is. */
function typedForm(type: string, body: NodeValue, media: NodeValue | undefined): NodeValue {
  if (type !== FORM || !isNode(body) || !isNode(media) || !isNode(media.schema)) return body
  const { properties } = media.schema
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const schema = isNode(properties) ? properties[name] : undefined
      return [name, asTyped(String(value), isNode(schema) ? schema : {})]
    }),
  )
}

function withAnswer(operation: Node, { exchange, answer }: Placed, components: Components): Node {
  const { responses } = operation
  if (!isNode(responses) || !answer) return operation
  const status = String(answer.status)
  const given = responses[status]
  if (given === undefined) throw new Error(`${exchange.name} is answered ${status}, which is not told of`)
  if (answer.type === undefined || answer.body === undefined) return operation
  const response = dereferenced(given, components)
  if (!isNode(response.content)) throw new Error(`${exchange.name}: ${status} is told to have no body`)
  const shared = isReference(given)
  const content = shared ? withoutExamples(response.content) : response.content
  return {
    ...operation,
    responses: {
      ...responses,
      [status]: { ...response, content: withExample(content, answer.type, exchange, answer.body) },
    },
  }
}

/** The bodies of a shared answer are those of another operation. */
function withoutExamples(content: Node): Node {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => {
      if (!isNode(media)) return [type, media]
      const { examples: _, ...rest } = media
      return [type, rest]
    }),
  )
}

function withExample(content: Node, type: string, { name, summary }: Exchange, value: NodeValue): Node {
  const key = type in content ? type : '*/*'
  const media = content[key]
  if (!isNode(media)) throw new Error(`${name}: ${type} is not told of`)
  const examples = isNode(media.examples) ? media.examples : {}
  return { ...content, [key]: { ...media, examples: { ...examples, [name]: { summary, value } } } }
}

export function dereferenced(value: NodeValue, components: Components): Node {
  if (!isNode(value)) throw new Error('Neither an object nor a reference')
  if (typeof value.$ref !== 'string') return value
  const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(value.$ref) ?? []
  const found = components[kind]?.[name]
  if (!found || !isNode(found)) throw new Error(`${value.$ref} leads nowhere`)
  return found
}

function isReference(value: NodeValue): boolean {
  return isNode(value) && typeof value.$ref === 'string'
}

function isList(value: NodeValue | undefined): value is readonly NodeValue[] {
  return Array.isArray(value)
}
