/**
 * The access token, and another when it ends: one that was given and cannot be renewed, what a command prints, or the
 * sandbox issuer's for a structure.
 */
import { exec } from 'node:child_process'
import { promisify } from 'node:util'
import { CommandError, exitCodes } from '../command.ts'
import { sendableToken } from '../no-answer.ts'
import { requestToken } from '../request-token.ts'

export type TokenSource = {
  /** One that has not ended, as far as can be told. @throws CommandError when there is none to be had */
  readonly current: () => Promise<string>
  /** After a 401: whether another can be had in place of this one. */
  readonly renew: (refused: string) => Promise<boolean>
}

export type TokenOptions = {
  readonly token: string | undefined
  readonly command: string | undefined
  readonly structure: string | undefined
}

/** Renewed before its end: a request may take so long. */
const EARLY_MS = 20_000
const COMMAND_MS = 60_000

/** @throws CommandError unless exactly one way is said */
export function tokenSource(base: string, { token, command, structure }: TokenOptions): TokenSource {
  const said = [token, command, structure].filter((way) => way !== undefined && way !== '')
  if (said.length !== 1)
    throw new CommandError(
      exitCodes.usage,
      'say one of --token (or DMP_TOKEN), --token-command and, in the sandbox, --structure',
    )
  if (token) {
    const given = sendableToken(token)
    return { current: async () => given, renew: async () => false }
  }
  if (command) return renewed(() => printedBy(command))
  return renewed(() =>
    requestToken(base, {
      actor: 'STRUCTURE',
      authentication: 'INDIRECTE',
      structureId: structure ?? '',
    }),
  )
}

/** One token at a time: those who ask meanwhile wait for the same. */
function renewed(fetchToken: () => Promise<string>): TokenSource {
  let held: Promise<string> | undefined
  let endsAt = Number.POSITIVE_INFINITY
  const fetchNew = (): Promise<string> => {
    const fetched = fetchToken().then(
      (token) => {
        endsAt = endOf(token)
        return token
      },
      (error: unknown) => {
        held = undefined
        throw error
      },
    )
    held = fetched
    endsAt = Number.POSITIVE_INFINITY
    return fetched
  }
  return {
    current: () => (held === undefined || Date.now() > endsAt - EARLY_MS ? fetchNew() : held),
    async renew(refused) {
      // Another request has already renewed it.
      if (held !== undefined && (await held) !== refused) return true
      return (await fetchNew()) !== refused
    },
  }
}

/** Of a JWT; an opaque token ends when it is refused. Nothing is verified: the server does. */
function endOf(token: string): number {
  const payload = token.split('.')[1]
  if (payload === undefined) return Number.POSITIVE_INFINITY
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const end: unknown =
      typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'exp') : undefined
    return typeof end === 'number' ? end * 1_000 : Number.POSITIVE_INFINITY
  } catch (error) {
    if (error instanceof SyntaxError) return Number.POSITIVE_INFINITY
    throw error
  }
}

async function printedBy(command: string): Promise<string> {
  let printed: string
  try {
    const { stdout } = await promisify(exec)(command, { timeout: COMMAND_MS, maxBuffer: 65_536 })
    printed = stdout.trim()
  } catch (cause) {
    // What it printed may hold a secret: it is not repeated.
    throw new CommandError(exitCodes.stopped, '--token-command failed, or took longer than a minute', {
      cause,
    })
  }
  if (!/^[\x21-\x7e]+$/.test(printed))
    throw new CommandError(exitCodes.stopped, '--token-command printed no token, or more than one')
  return printed
}
