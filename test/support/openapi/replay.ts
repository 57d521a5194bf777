/** Sends shown requests to a server, one after the other, and makes of what it receives what is shown. */
import type { Answer, Shown } from '../../../scripts/openapi/examples/exchange.ts'
import { FORM } from '../../../scripts/openapi/examples/exchange.ts'
import type { NodeValue } from '../../../scripts/openapi/openapi-document.ts'
import type { Client, Received } from '../http-client.ts'
import { StableNames } from './stable-names.ts'
import { withoutSeals, withoutTimes } from './without-chance.ts'

/** Headers that say something of one answer; the others are told of, and not shown. */
const shownHeaders = [
  'Allow',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Location',
  'DMP-Mode-Acces',
  'WWW-Authenticate',
]

export type Replayed = { readonly answer: Answer; readonly received: Received }

/** @param origin where the server is @param clientOf a client of a caller, or of nobody */
export function replay(
  origin: string,
  clientOf: (as: string | undefined) => Client,
): (shown: Shown) => Promise<Replayed> {
  const names = new StableNames()
  return async (shown) => {
    const { name, method, url, as } = shown
    const headers = Object.fromEntries(
      Object.entries(shown.headers).map(([header, value]) => [header.toLowerCase(), names.toActual(value)]),
    )
    const body = shown.body === undefined ? undefined : names.toActual(textOf(shown))
    const received = await clientOf(as).request(method, `${origin}${names.toActual(url)}`, {
      headers,
      ...(body === undefined ? {} : { body }),
    })
    const stable = (text: string): string => withoutTimes(names.toStable(text, name))
    return { answer: answerOf(received, stable), received }
  }
}

function textOf({ headers, body }: Shown): string {
  if (typeof body === 'string') return body
  if (headers['Content-Type'] === FORM && typeof body === 'object' && body !== null)
    return new URLSearchParams(
      Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString()
  return JSON.stringify(body)
}

function answerOf({ status, headers, text }: Received, stable: (text: string) => string): Answer {
  const type = headers['content-type']?.replace(/;.*/, '')
  const told = shownHeaders.flatMap((name): [string, string][] => {
    const value = headers[name.toLowerCase()]
    return value === undefined ? [] : [[name, stable(value)]]
  })
  const answer = { status, headers: Object.fromEntries(told) }
  if (type === undefined || text === '') return answer
  const shown = stable(text)
  const body: NodeValue = type.includes('json') ? withoutSeals(JSON.parse(shown)) : shown
  return { ...answer, type, body }
}
