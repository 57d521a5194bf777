/** What `dmp explain` asks of a server (`$expliquer`), and what the server answers. */
import { noAnswer, sendableToken, serverBase } from './no-answer.ts'

const timeoutMs = 10_000
const maxAnswerLength = 1_000_000

export type Asked = {
  readonly token: string
  readonly language: string
  readonly mode: string | undefined
  readonly motive: string | undefined
  readonly parameters: Readonly<Record<string, string | undefined>>
}

export async function askServer(
  baseUrl: string,
  { token, language, mode, motive, parameters }: Asked,
): Promise<{ readonly status: number; readonly text: string }> {
  const base = serverBase(baseUrl)
  const authorization = `Bearer ${sendableToken(token)}`
  const body = {
    resourceType: 'Parameters',
    parameter: Object.entries(parameters).flatMap(([name, valueString]) =>
      valueString === undefined ? [] : [{ name, valueString }],
    ),
  }
  try {
    const response = await fetch(`${base}/$expliquer`, {
      method: 'POST',
      headers: {
        authorization,
        accept: 'application/fhir+json',
        'accept-language': language,
        'content-type': 'application/fhir+json',
        ...(mode === undefined ? {} : { 'DMP-Mode-Acces': mode }),
        ...(motive === undefined ? {} : { 'DMP-Motif': encodeURIComponent(motive) }),
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, text: text.length > maxAnswerLength ? '' : text }
  } catch (cause) {
    throw noAnswer(base, cause)
  }
}

export type Explained = {
  readonly interaction: string
  readonly scope: string | undefined
  readonly mode: string
  readonly requests: readonly {
    readonly action: string
    readonly permitted: boolean
    readonly condition: string | undefined
    readonly readable: boolean | undefined
    readonly steps: readonly { readonly rule: string; readonly verdict: string; readonly text: string }[]
  }[]
}

/** @returns undefined for what is no explanation */
export function readExplained(text: string): Explained | undefined {
  const all = partsOf(parsed(text), 'parameter')
  const interaction = textOf(all, 'interaction')
  const requests = all.filter(({ name }) => name === 'demande')
  if (interaction === undefined || requests.length === 0) return undefined
  return {
    interaction,
    scope: textOf(all, 'portee'),
    mode: textOf(all, 'mode') ?? '',
    requests: requests.map((request) => {
      const parts = partsOf(request, 'part')
      return {
        action: textOf(parts, 'action') ?? '',
        permitted: valueNamed(parts, 'permis') === true,
        condition: textOf(parts, 'condition'),
        readable: booleanOf(parts, 'type-lisible'),
        steps: parts
          .filter(({ name }) => name === 'etape')
          .map((step) => {
            const of = partsOf(step, 'part')
            return {
              rule: textOf(of, 'regle') ?? '',
              verdict: textOf(of, 'verdict') ?? '',
              text: textOf(of, 'texte') ?? '',
            }
          }),
      }
    }),
  }
}

/** One line for an OperationOutcome: its texts and codes. */
export function refusalOf(status: number, text: string): string {
  const issues = partsOf(parsed(text), 'issue')
  const said = issues.flatMap(({ details }) => {
    const words = isObject(details) && typeof details.text === 'string' ? details.text : undefined
    return words === undefined ? [] : [words.replace(/\p{Cc}+/gu, ' ').slice(0, 300)]
  })
  return `${said.length > 0 ? said.join(' ; ') : 'the server refused'} (status ${status})`
}

type Fields = { readonly [name: string]: unknown }

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function partsOf(value: unknown, list: string): Fields[] {
  const items = isObject(value) ? value[list] : undefined
  return Array.isArray(items) ? items.filter(isObject) : []
}

function valueNamed(parts: readonly Fields[], name: string): unknown {
  const found = parts.find((part) => part.name === name)
  const key = found && Object.keys(found).find((field) => field.startsWith('value'))
  return key === undefined ? undefined : found?.[key]
}

function textOf(parts: readonly Fields[], name: string): string | undefined {
  const value = valueNamed(parts, name)
  // What the server says goes to a terminal: without control characters.
  return typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ') : undefined
}

function booleanOf(parts: readonly Fields[], name: string): boolean | undefined {
  const value = valueNamed(parts, name)
  return typeof value === 'boolean' ? value : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // What is not JSON explains nothing, and is reported as such with its status.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
