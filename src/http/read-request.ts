/**
 * A request as an interaction takes it: path, query, body and preconditions, and the format the answer is wanted in.
 */
import type { FastifyRequest } from 'fastify'
import type { SetAside } from '../content/set-aside.ts'
import { refusal } from '../fhir/fhir-error.ts'
import type { Body, Input } from '../interactions/input.ts'
import type { Wanted } from '../interactions/render.ts'
import type { Route } from '../interactions/route.ts'
import {
  bodyFormat,
  documentForm,
  errorFormat,
  unsupported,
  wantedFormat,
  wantsTable,
} from './negotiation.ts'
import { isUtf8Encoded, queryPart, readPairs } from './query.ts'

export type ReadRequest = { readonly input: Input; readonly wanted: Wanted }

/** @param setAside contents that were taken out of the body @throws FhirError 400, 406 or 415 */
export function readRequest(
  route: Pick<Route, 'formBody' | 'anyFormat' | 'table'>,
  request: FastifyRequest,
  setAside?: SetAside,
): ReadRequest {
  const { headers, params } = request
  const { type = '', id = '', version = '' } = params as { type?: string; id?: string; version?: string }
  const sent = request.body as string | Buffer | undefined
  const text = typeof sent === 'string' && sent !== '' ? sent : undefined
  const query = queryPart(request.raw.url ?? '')
  const fields = route.formBody && text !== undefined ? text : ''
  if (!isUtf8Encoded(query) || !isUtf8Encoded(fields)) throw refusal('structure', 'encodage-invalide')
  const url = readPairs(query)
  const form = readPairs(fields)
  const format = form.format ?? url.format
  const pretty = form.pretty ?? url.pretty ?? false
  const asTable = route.table === true && wantsTable(headers.accept, format)
  return {
    wanted: {
      format: (route.anyFormat || asTable ? errorFormat : wantedFormat)(headers.accept, format),
      pretty,
    },
    input: {
      type,
      id,
      version,
      pairs: [...url.pairs, ...form.pairs],
      body: route.formBody ? undefined : bodyOf(sent, headers['content-type'] ?? '', setAside),
      ...precondition('ifMatch', headers['if-match']),
      ...precondition('ifNoneMatch', headers['if-none-match']),
      ...precondition('ifModifiedSince', headers['if-modified-since']),
      ...precondition('ifNoneExist', headers['if-none-exist']),
      ...(request.method === 'GET' ? precondition('range', headers.range) : {}),
      ...precondition('ifRange', headers['if-range']),
      form: route.anyFormat ? documentForm(headers.accept, format) : asTable ? asBytes : asBinary,
    },
  }
}

const asBinary = (): 'binary' => 'binary'
const asBytes = (): 'bytes' => 'bytes'

/** @throws FhirError 415 */
function bodyOf(
  sent: string | Buffer | undefined,
  contentType: string,
  setAside: SetAside | undefined,
): Body | undefined {
  if (sent === undefined || sent.length === 0) return undefined
  if (typeof sent !== 'string') return { format: 'bytes', bytes: sent, contentType }
  const format = bodyFormat(contentType)
  if (!format) throw unsupported()
  return setAside ? { format, text: sent, setAside } : { format, text: sent }
}

type Precondition = 'ifMatch' | 'ifNoneMatch' | 'ifModifiedSince' | 'ifNoneExist' | 'range' | 'ifRange'

function precondition(name: Precondition, header: string | string[] | undefined): Partial<Input> {
  const value = Array.isArray(header) ? header.join(', ') : header
  return value === undefined ? {} : { [name]: value }
}
