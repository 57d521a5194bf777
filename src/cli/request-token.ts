/**
 * Asks a server's sandbox issuer for an access token: `dmp token`, the demonstration, tests.
 * The issuer is the one that the server announces in its SMART configuration.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html and RFC 6749 §4.4
 */
import { sandboxClient, sandboxScope } from '../sandbox/client.ts'
import type { Persona } from '../sandbox/persona.ts'
import { CommandError, exitCodes } from './command.ts'
import { noAnswer, serverBase } from './no-answer.ts'

const timeoutMs = 10_000
const maxAnswerLength = 65_536

export async function requestToken(
  baseUrl: string,
  persona: Persona,
  scope: string = sandboxScope,
): Promise<string> {
  const base = serverBase(baseUrl)
  const { status, body } = await answer(`${base}/.well-known/smart-configuration`, {})
  const endpoint = textField(body, 'token_endpoint')
  if (status !== 200 || endpoint === undefined || !URL.canParse(endpoint)) {
    throw new CommandError(exitCodes.unavailable, `${base} announces no token endpoint (status ${status})`)
  }

  const credentials = Buffer.from(`${sandboxClient.id}:${sandboxClient.secret}`).toString('base64')
  const granted = await answer(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, persona: JSON.stringify(persona) }),
  })
  const token = textField(granted.body, 'access_token')
  if (granted.status === 200 && token !== undefined) return token
  if (granted.status >= 500) {
    throw new CommandError(exitCodes.unavailable, `the token endpoint failed (status ${granted.status})`)
  }
  const reason =
    textField(granted.body, 'error_description') ?? textField(granted.body, 'error') ?? 'no reason given'
  throw new CommandError(exitCodes.refused, `no token: ${oneLine(reason)} (status ${granted.status})`)
}

async function answer(url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      ...init,
      headers: { accept: 'application/json', ...init.headers },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, body: text.length > maxAnswerLength ? undefined : parsed(text) }
  } catch (cause) {
    throw noAnswer(url, cause)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // What is not JSON has none of the fields looked for, and is reported as such with its status.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

function textField(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : undefined
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200)
}
