/** The address of the server: free, or served by it and ready; the port of metrics likewise. */
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { createServer } from 'node:net'
import { healthUrl } from '../../../wiring/health.ts'
import type { Check } from '../check.ts'
import { type Finding, fault, ok } from '../finding.ts'
import { codeOf } from '../reach.ts'

const TIME_MS = 5_000
const MOST_CHARACTERS = 4_096

export const ports: Check = {
  name: 'ports',
  reliesOn: ['PORT', 'HOST', 'DMP_TLS_CERT', 'DMP_TLS_KEY', 'DMP_ADMIN_PORT', 'DMP_ADMIN_HOST'],
  async look({ env, config }, signal) {
    const found = [await serverPort(env, config.host, config.port, signal)]
    const { metrics } = config
    if (metrics && metrics.port !== 0) {
      const taken = await bind(metrics.host, metrics.port)
      if (taken !== undefined && taken !== 'EADDRINUSE')
        found.push(notOurs('DMP_ADMIN_HOST', metrics.host, metrics.port, taken))
      else if (taken === 'EADDRINUSE' && found.some(({ code }) => code === 'port-free'))
        found.push(notOurs('DMP_ADMIN_PORT', metrics.host, metrics.port, taken))
    }
    return found
  },
}

async function serverPort(
  env: Readonly<Record<string, string | undefined>>,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Finding> {
  if (port === 0) return ok('port-any', 'PORT=0 : n’importe quel port libre', 'PORT=0: any port that is free')
  const taken = await bind(host, port)
  if (taken === undefined)
    return ok(
      'port-free',
      `${host}:${port} est libre : aucun serveur n'y tourne encore`,
      `${host}:${port} is free: no server runs there yet`,
    )
  if (taken === 'EADDRNOTAVAIL') return notOurs('HOST', host, port, taken)
  let answer: Answer
  try {
    answer = await ask(healthUrl(env, 'readyz'), signal)
  } catch (error) {
    return notOurs('PORT', host, port, taken === 'EADDRINUSE' ? codeOf(error) : taken)
  }
  const { status, text } = answer
  if (status === 200 && text.startsWith('ok'))
    return ok(
      'server-ready',
      `le serveur répond sur ${host}:${port}, et il est prêt`,
      `the server answers at ${host}:${port}, and is ready`,
    )
  if (status !== 503) return notOurs('PORT', host, port, `status ${status}`)
  const why = text.replace(/[^\x20-\x7e\u00c0-\u017f]+/g, ' ; ').slice(0, 300)
  return fault(
    'server-not-ready',
    [`le serveur répond qu'il n'est pas prêt : ${why}`, `the server answers that it is not ready: ${why}`],
    [
      'corriger la cause (les autres contrôles la montrent), voir son journal',
      'mend the cause (the other checks show it), read its log',
    ],
  )
}

function notOurs(variable: string, host: string, port: number, why: string): Finding {
  return fault(
    'port-taken',
    [
      `${host}:${port} n'est pas à prendre, et ce n'est pas ce serveur qui y répond (${why})`,
      `${host}:${port} cannot be taken, and it is not this server that answers there (${why})`,
    ],
    [
      `changer ${variable}, ou arrêter l'autre programme (ss -ltnp)`,
      `change ${variable}, or end the other program (ss -ltnp)`,
    ],
  )
}

type Answer = { readonly status: number; readonly text: string }

/** Whose certificate answers is the other checks' matter: the name in it is the public one. */
function ask(url: URL, outer: AbortSignal): Promise<Answer> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(TIME_MS)])
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text = `${text}${part}`.slice(0, MOST_CHARACTERS)
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.once('error', reject)
    }
    const headers = { accept: 'text/plain' }
    const request =
      url.protocol === 'https:'
        ? getTls(url, { agent: false, rejectUnauthorized: false, signal, headers }, onAnswer)
        : getPlain(url, { agent: false, signal, headers }, onAnswer)
    request.once('error', reject)
  })
}

/** @returns undefined when the address could be taken, else why not */
function bind(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
