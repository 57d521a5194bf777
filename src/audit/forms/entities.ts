/**
 * What an event was about: the patient, what was shown or written with its versions, the query, the request and the error.
 * The patterns of BALP tell entities by their type, and have room for one object (type 2): it is what the request was
 * for. Whatever else was shown or written is typed by its resource type.
 */
import { ERROR_SYSTEM, type ErrorCode, errorCatalogue, wording } from '../../fhir/error-catalogue.ts'
import { encodeUuid } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { withoutMatricules } from '../../fhir/without-matricules.ts'
import { type Coding, entityType, objectRole } from './coded.ts'
import { patientOf } from './parties.ts'
import { type EventShape, isInRecord, type ShownTrace } from './shown-trace.ts'

/** A resource that the trace names. */
export type Named = { readonly type: string; readonly reference: string }

export type Objects = {
  /** The one object of the event, where its pattern has one. */
  readonly main: Named | undefined
  readonly others: readonly Named[]
  /** How many more there were than a trace names. */
  readonly leftOut: number
}

export function objectsOf(trace: ShownTrace, shape: EventShape): Objects {
  const named: Named[] = []
  let leftOut = 0
  for (const text of trace.entities) {
    const [type = '', id, version = ''] = text.split('/')
    if (id === undefined) leftOut += Number(type)
    else named.push({ type, reference: `${type}/${logicalId(trace, type, id)}/_history/${version}` })
  }
  const main = mainOf(named, trace, shape)
  return { main, others: named.filter((one) => one !== main), leftOut }
}

function logicalId(trace: ShownTrace, type: string, id: string): string {
  return type === 'Patient' || !isInRecord(trace) ? id : `${encodeUuid(trace.patient_key)}.${id}`
}

function mainOf(named: readonly Named[], trace: ShownTrace, shape: EventShape): Named | undefined {
  if (shape === 'query' || shape === 'other') return undefined
  const bytes = named.find(({ type }) => type === 'Binary' || type === 'Bundle')
  if (shape === 'read' && bytes) return bytes
  // The set is written first of all lists.
  const wanted = shape === 'import' ? 'List' : trace.resource_type
  return named.find(({ type }) => type === wanted) ?? (shape === 'import' ? undefined : named[0])
}

export function entitiesOf(trace: ShownTrace, shape: EventShape, objects: Objects): JsonObject[] {
  const { main, others, leftOut } = objects
  return [
    ...(isInRecord(trace) ? [patientEntity(trace)] : []),
    ...(main ? [{ what: whatIs(main), type: entityType.systemObject, role: mainRole(main, shape) }] : []),
    ...others.map((one) => ({
      what: whatIs(one),
      type: entityType.resource(one.type),
      role: roleOf(one),
    })),
    ...(leftOut > 0 ? [{ type: entityType.other, description: `${leftOut} de plus, non nommés` }] : []),
    ...queryEntity(trace, shape, main),
    ...requestEntity(trace),
    ...errorEntity(trace),
  ]
}

export function patientEntity(trace: ShownTrace): JsonObject {
  return { what: patientOf(trace), type: entityType.person, role: objectRole.patient }
}

function whatIs({ reference }: Named): JsonObject {
  return { reference }
}

function mainRole(main: Named, shape: EventShape): Coding {
  return shape === 'import' ? objectRole.job : roleOf(main)
}

function roleOf({ type }: Named): Coding {
  return type === 'Binary' || type === 'Bundle' ? objectRole.report : objectRole.domainResource
}

/**
 * What a search was asked, even when that was nothing; of another interaction only what it was asked. Beside the object of
 * an event, as in a conditional update, a query is not a second one.
 */
function queryEntity(trace: ShownTrace, shape: EventShape, main: Named | undefined): JsonObject[] {
  if (!isQueryTold(trace, shape)) return []
  const asked = `${trace.resource_type}?${withoutMatricules(trace.query)}`
  const query = Buffer.from(asked, 'utf8').toString('base64')
  return [{ type: main ? entityType.other : entityType.systemObject, role: objectRole.query, query }]
}

export function isQueryTold({ query, withheld }: ShownTrace, shape: EventShape): boolean {
  return withheld !== true && (query !== '' || shape === 'query')
}

function requestEntity({ request_id }: ShownTrace): JsonObject[] {
  if (request_id === '') return []
  return [{ what: { identifier: { value: withoutMatricules(request_id) } }, type: entityType.request }]
}

/** The words are those of a French answer, unless they have to be filled in: what with is not kept. */
function errorEntity({ error, status }: ShownTrace): JsonObject[] {
  if (!isErrorCode(error)) return []
  const words = wording(error, 'fr')
  return [
    {
      type: entityType.other,
      ...(words.includes('{') ? {} : { description: words }),
      detail: [
        { type: ERROR_SYSTEM, valueString: error },
        { type: 'http-status', valueString: String(status) },
      ],
    },
  ]
}

function isErrorCode(error: string): error is ErrorCode {
  return Object.hasOwn(errorCatalogue, error)
}
