/** Every request that a document shows is sent, in its order; what is answered is what is shown, told of, and of its schema. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Test } from 'tap'
import type { Client } from '../http-client.ts'
import { countExamples, type Document, documentOf, exchangesOf, type Told } from './document.ts'
import { replay } from './replay.ts'
import { indexOf, untold } from './told-answers.ts'

/** What cannot well be brought about in a test: the words are those of the code that refuses. */
const notExecuted: Readonly<Record<string, string>> = {
  Refused405: 'of the fhir profile, where no method is refused by an operation',
  Refused409: 'of the fhir profile: two writers at one moment',
  Refused413: 'a body of 30 MB',
  Refused429: 'a client that has used up its rate: test/http/overload',
  Refused500: 'a fault that nobody foresaw',
  Refused503: 'a server with more to do than it can: test/http/overload',
}

/** Answers are of FHIR's own structure; dates and URIs are not looked at twice. */
function schemaCheck(document: Document): (pointer: string, value: unknown) => string | undefined {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  ajv.addSchema({ ...document }, 'document')
  return (pointer, value) => {
    const validate = ajv.getSchema(`document${pointer}`)
    if (!validate) return `${pointer} leads to no schema`
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }
}

/** @param clientOf a client of a caller, or of nobody */
export async function examplesAreTrue(
  t: Test,
  file: string,
  origin: string,
  clientOf: (as: string | undefined) => Client,
): Promise<void> {
  const document = documentOf(file)
  const index = indexOf(document)
  const send = replay(origin, clientOf)
  const fault = schemaCheck(document)
  const exchanges = exchangesOf(document)
  for (const { told, shown, expected } of exchanges) {
    const { answer, received } = await send(shown)
    const at = `${shown.step} ${shown.name}`
    t.same(untold({ ...shown }, received, index), [], at)
    if (expected.body === undefined) t.match(answer, { ...expected, headers: answer.headers }, at)
    else t.same(answer, expected, at)
    const taken = bodySchema(told, shown.headers['Content-Type'])
    if (taken !== undefined && shown.status < 300)
      t.equal(fault(taken, shown.body), undefined, `${at}: its body`)
    if (answer.type?.includes('json')) {
      const schema = schemaOf(document, told, shown.status, answer.type)
      t.equal(schema && fault(schema, JSON.parse(received.text)), undefined, `${at}: its schema`)
    }
  }
  const names = new Set(exchanges.map(({ shown }) => shown.name))
  const { shown, named } = countExamples(document, names)
  const made = Object.entries(document.components.responses).flatMap(([name, { content = {} }]) =>
    Object.values(content).flatMap(({ examples = {} }) => ('refused' in examples ? [name] : [])),
  )
  t.same(
    made.filter((name) => !(name in notExecuted)),
    [],
    'which are not executed is said, with the reason',
  )
  t.equal(shown - named, made.length, 'all others are of exchanges')
  t.comment(
    `report: ${file}: ${exchanges.length} requests sent; examples executed / shown: ${named} / ${shown}`,
  )
}

/** Where the schema of a body stands, when it is that of a resource. */
function bodySchema({ operation }: Told, type = ''): string | undefined {
  const reference = operation.requestBody?.content[type]?.schema?.$ref
  return typeof reference === 'string' ? reference : undefined
}

/** Where the schema of an answer stands; a reference of its own where the answer is a shared one. */
function schemaOf(document: Document, { operation }: Told, status: number, type: string): string | undefined {
  const response = operation.responses[String(status)]
  const name = response?.$ref?.split('/').at(-1)
  const content = name === undefined ? response?.content : document.components.responses[name]?.content
  const schema = content?.[type]?.schema
  const reference = schema?.$ref
  return typeof reference === 'string' ? reference : undefined
}
