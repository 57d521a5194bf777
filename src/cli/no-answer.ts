/** What is told when a server does not answer at all: also why, for a certificate is no server that is down. */
import { CommandError, exitCodes } from './command.ts'

/** Of Node and of OpenSSL: the chain, its dates, its name. */
const CERTIFICATE = /CERT|SIGNATURE|ISSUER/

export function noAnswer(url: string, cause: unknown): CommandError {
  const code = codeOf(cause)
  const todo = CERTIFICATE.test(code)
    ? 'its certificate is not believed here (NODE_EXTRA_CA_CERTS names an authority of your own)'
    : 'is the server running?'
  return new CommandError(
    exitCodes.unavailable,
    `no answer from ${new URL(url).origin}${code === '' ? '' : ` (${code})`}: ${todo}`,
    { cause },
  )
}

/** `fetch` wraps the error of the connection. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

/** @throws CommandError unless it is an address that can be asked */
export function serverBase(text: string): string {
  const base = text.replace(/\/+$/, '')
  if (!/^https?:\/\//i.test(base) || !URL.canParse(base))
    throw new CommandError(exitCodes.usage, `not a URL: ${text}`)
  return base
}

/** @throws CommandError for what no header can hold: most often the line's end of the file that it was read from */
export function sendableToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new CommandError(
    exitCodes.usage,
    'the token holds a character that no token has: a blank or a line end?',
  )
}
