/**
 * Asks the server on this machine whether it lives, for a container's health check: there is no shell and no curl in its
 * image. Reads the settings of the server; ends with 0 when the answer is 200, else with 1 and one line.
 * `node dist/health.js` asks /livez, `node dist/health.js readyz` /readyz.
 *
 * Not checked: whose certificate the answer comes with. Nothing is sent, and nothing is believed but the status; the name in
 * the certificate is the public one, not that of the loopback interface.
 */
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { isIPv6 } from 'node:net'
import { type Environment, whole } from '../config/values.ts'

const LIMIT_MS = 3_000
const paths: ReadonlySet<string> = new Set(['livez', 'readyz'])

/** A server that listens everywhere is asked on the loopback interface. */
export function healthUrl(environment: Environment, path: string): URL {
  const host = environment.HOST || '127.0.0.1'
  const asked = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const scheme = environment.DMP_TLS_CERT ? 'https' : 'http'
  const port = whole(environment, 'PORT', 8080, 1, 65_535)
  return new URL(`${scheme}://${isIPv6(asked) ? `[${asked}]` : asked}:${port}/${path}`)
}

/** The status of the answer. */
export function ask(url: URL, limitMs = LIMIT_MS): Promise<number> {
  const signal = AbortSignal.timeout(limitMs)
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    }
    const request =
      url.protocol === 'https:'
        ? getTls(url, { agent: false, rejectUnauthorized: false, signal }, onAnswer)
        : getPlain(url, { agent: false, signal }, onAnswer)
    request.once('error', reject)
  })
}

/** @returns the exit code */
export async function health(environment: Environment, args: readonly string[]): Promise<number> {
  const [path = 'livez', ...rest] = args
  try {
    if (!paths.has(path) || rest.length > 0) throw new Error('usage: node dist/health.js [livez | readyz]')
    const status = await ask(healthUrl(environment, path))
    if (status === 200) return 0
    process.stderr.write(`/${path} answers ${status}\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  }
  return 1
}
