/**
 * The demonstration's HTTP client: bearer tokens from the sandbox issuer, one request id for each call, so that the
 * patient's traces can be compared with what was really asked.
 */
import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { CommandError, exitCodes } from '../command.ts'
import { requestToken } from '../request-token.ts'
import type { Player } from './cast.ts'
import type { Reply } from './expectation.ts'

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Below the FHIR base, with its leading slash. */
  readonly path: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 30_000

export class DemoClient {
  readonly base: string
  readonly #tokens = new Map<Player, Promise<string>>()

  constructor(base: string) {
    this.base = base.replace(/\/+$/, '')
  }

  /** @throws CommandError when the server does not answer at all */
  async send(player: Player, call: Call): Promise<Reply & { readonly requestId: string }> {
    const token = await this.#token(player)
    const requestId = `demo-${randomUUID()}`
    const init: RequestInit = {
      method: call.method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-request-id': requestId,
        ...(call.body ? { 'content-type': 'application/fhir+json' } : {}),
        ...call.headers,
      },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
    }
    try {
      const response = await fetch(`${this.base}${call.path}`, init)
      const bytes = Buffer.from(await response.arrayBuffer())
      const json = parsed(response.headers.get('content-type'), bytes)
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        bytes,
        json,
        requestId,
      }
    } catch (cause) {
      throw new CommandError(exitCodes.unavailable, `no answer from ${this.base}`, { cause })
    }
  }

  #token(player: Player): Promise<string> {
    let token = this.#tokens.get(player)
    if (token === undefined) {
      token = requestToken(this.base, player.persona)
      this.#tokens.set(player, token)
    }
    return token
  }
}

/** A URL as it may be shown: without the matricule (rule I4). */
export function shownPath(path: string): string {
  return path.replace(/(identifier=)[^&]*/g, '$1…|…')
}

/** The resources of a searchset, in order; nothing for any other answer. */
export function entriesOf(json: JsonValue | undefined): { [name: string]: JsonValue }[] {
  const entries = isJsonObject(json) && Array.isArray(json.entry) ? json.entry : []
  return entries.flatMap((entry) =>
    isJsonObject(entry) && isJsonObject(entry.resource) ? [entry.resource] : [],
  )
}

function parsed(contentType: string | null, bytes: Buffer): JsonValue | undefined {
  if (!contentType?.includes('json')) return undefined
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonValue
  } catch (cause) {
    // What is not JSON has none of the fields a step looks for, and is reported with its status.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
