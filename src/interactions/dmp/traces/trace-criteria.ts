/**
 * The criteria of a search of AuditEvent as conditions on traces. Criteria are about a trace as it is told in its usual
 * form (BALP), whichever `_profile` it is shown in.
 * @see https://hl7.org/fhir/R4/auditevent.html#search, docs/api.md "Traces"
 */
import { RULE_SYSTEM } from '../../../fhir/error-catalogue.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import type * as Found from '../../../search/extraction/index-values.ts'
import type { Criterion, ReferenceValue, TokenValue } from '../../../search/search-expression.ts'
import { badValue } from '../../../search/search-faults.ts'
import {
  type CodedColumn,
  every,
  none,
  type TextColumn,
  type TraceCondition,
} from '../../../storage/traces/trace-condition.ts'
import type { TraceReader } from './trace-reader.ts'
import type { Payload, TraceTerms } from './trace-terms.ts'

/** Which columns the codes of a parameter follow from. */
const columnsOf: Readonly<Record<string, readonly CodedColumn[]>> = {
  action: ['interaction'],
  outcome: ['outcome'],
  type: ['interaction'],
  subtype: ['interaction'],
  purpose: ['actor', 'mode', 'network'],
  site: [],
}

/** Types that a trace of this profile may name. */
const namedTypes = ['DocumentReference', 'List', 'Binary', 'Bundle', 'Consent', 'CareTeam', 'Subscription']

/** @throws FhirError 400 for a value of a form that finds nothing here */
export function traceCriteria(
  terms: TraceTerms,
  reader: TraceReader,
  criteria: readonly Criterion[],
): TraceCondition {
  return { kind: 'all', of: criteria.map((criterion) => conditionOf(terms, reader, criterion)) }
}

function conditionOf(terms: TraceTerms, reader: TraceReader, criterion: Criterion): TraceCondition {
  const { kind, parameter } = criterion
  const { patientKey } = reader
  switch (kind) {
    case 'id': {
      const ids = criterion.values.flatMap((text) => parseResourceId(text) ?? [])
      return { kind: 'ids', ids: ids.filter((at) => at.patientKey === patientKey).map(({ id }) => id) }
    }
    case 'date':
      return anyOf(criterion.values.map((value) => ({ kind: 'recorded', value })))
    case 'token': {
      const found = anyOf(
        criterion.values.map((value) =>
          parameter === 'agent-role' ? roleSays(terms, patientKey, value) : codeSays(terms, parameter, value),
        ),
      )
      return criterion.not ? { kind: 'not', of: found } : found
    }
    case 'uri':
      return anyOf(criterion.values.map(({ uri }) => policySays(terms, patientKey, uri)))
    case 'reference':
      return anyOf(
        criterion.values.map((value) =>
          parameter === 'agent' ? agentIs(terms, patientKey, value) : named(reader, value),
        ),
      )
    case 'reference-identifier':
      return anyOf(
        criterion.values.map((value) =>
          parameter === 'agent'
            ? agentIdentified(terms, patientKey, value)
            : requestIdentified(terms, patientKey, value),
        ),
      )
    default:
      throw new Error(`AuditEvent?${parameter} is no ${kind}`)
  }
}

function anyOf(of: readonly TraceCondition[]): TraceCondition {
  return { kind: 'any', of }
}

function codeSays(terms: TraceTerms, parameter: string, value: TokenValue): TraceCondition {
  const columns = columnsOf[parameter]
  if (!columns) throw new Error(`AuditEvent?${parameter} has no column`)
  return terms.coded(parameter, columns, (found) => isToken(found, value))
}

/** Who one is by the token, and, of a professional, the profession. */
function roleSays(terms: TraceTerms, patientKey: Uuid, value: TokenValue): TraceCondition {
  const matches = (found: Found.TokenValue): boolean => isToken(found, value)
  const coded = terms.coded('agent-role', ['actor', 'authentication'], matches)
  const { code } = value
  // Of a system alone, any profession: which one makes no difference to what is said.
  const payload: Payload =
    code === undefined
      ? { trace: { profession: '10' }, condition: { kind: 'not', of: textIs('profession', '') } }
      : { trace: { profession: code }, condition: textIs('profession', code) }
  const profession = terms.holding(patientKey, ['actor'], [payload], {
    parameter: 'agent-role',
    token: matches,
  })
  return anyOf([coded, profession])
}

function policySays(terms: TraceTerms, patientKey: Uuid, uri: string): TraceCondition {
  if (!uri.startsWith(`${RULE_SYSTEM}#`)) return none
  const rule = uri.slice(RULE_SYSTEM.length + 1)
  return terms.holding(
    patientKey,
    ['actor'],
    [{ trace: { rules: [rule] }, condition: { kind: 'rule', rule } }],
    {
      parameter: 'policy',
      uri: (found) => found.uri === uri,
    },
  )
}

/** The patient, by reference: everybody else who takes part is named by an identifier. */
function agentIs(terms: TraceTerms, patientKey: Uuid, value: ReferenceValue): TraceCondition {
  if (value.kind !== 'local')
    throw new FhirError('invalid', [badValue('agent', 'Patient/[id], agent:identifier=[system]|[value]')])
  const refusedByHolder: TraceCondition = { kind: 'first rule', rule: 'P1' }
  const payloads: Payload[] = [
    { trace: { person: 'patient' }, condition: { kind: 'not', of: refusedByHolder } },
    { trace: { person: 'patient', rules: ['P1'] }, condition: refusedByHolder },
  ]
  return terms.holding(
    patientKey,
    ['actor'],
    payloads.map(({ trace, condition }) => ({
      trace,
      condition: { kind: 'all', of: [textIs('person', 'patient'), condition] },
    })),
    { parameter: 'agent', reference: (found) => isReference(found, value) },
  )
}

/** A professional, a structure, who acts for the patient, the software, this server. */
function agentIdentified(terms: TraceTerms, patientKey: Uuid, value: TokenValue): TraceCondition {
  const { code } = value
  if (code === undefined || code === '')
    throw new FhirError('invalid', [badValue('agent:identifier', '[system]|[value], [value]')])
  const alone = textIs('person', '')
  const structure = `st:${code}`
  const payloads: Payload[] = [
    { trace: {}, condition: every },
    ...['ps', 'rp'].map(
      (kind): Payload => ({
        trace: { person: `${kind}:${code}` },
        condition: textIs('person', `${kind}:${code}`),
      }),
    ),
    {
      trace: { organization: structure },
      condition: { kind: 'all', of: [textIs('organization', structure), alone] },
    },
    {
      trace: { organization: structure, person: 'ps:0' },
      condition: { kind: 'all', of: [textIs('organization', structure), { kind: 'not', of: alone }] },
    },
    { trace: { client: code }, condition: textIs('client', code) },
  ]
  return terms.holding(patientKey, ['actor', 'network'], payloads, {
    parameter: 'agent',
    reference: ({ identifier }) => identifier !== undefined && isIdentifier(identifier, value),
  })
}

/** `X-Request-Id` of the request, as its answer said it: the one identifier among the entities. */
function requestIdentified(terms: TraceTerms, patientKey: Uuid, value: TokenValue): TraceCondition {
  const { code } = value
  if (code === undefined || code === '')
    throw new FhirError('invalid', [badValue('entity:identifier', '[X-Request-Id]')])
  const payload: Payload = { trace: { request_id: code }, condition: { kind: 'request', id: code } }
  return terms.holding(patientKey, [], [payload], {
    parameter: 'entity',
    reference: ({ identifier }) => identifier !== undefined && isIdentifier(identifier, value),
  })
}

/** What was shown or written; a trace that names something hidden from its reader names nothing at all (V7). */
function named({ patientKey, sees }: TraceReader, value: ReferenceValue): TraceCondition {
  if (value.kind !== 'local')
    throw new FhirError('invalid', [badValue('entity', '[type]/[id], [type]/[id]/_history/[version]')])
  const { type, id, version } = value
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) return none
  const ofVersion = version === undefined ? {} : { version: Number(version) }
  const record = encodeUuid(patientKey)
  // Every trace of a record names the patient, and keeps it.
  if ((type ?? 'Patient') === 'Patient' && id === record && version === undefined) return every
  const at = parseResourceId(id)
  const inRecord = at?.patientKey === patientKey ? encodeUuid(at.id) : undefined
  const types = type === undefined ? namedTypes : [type]
  const own = types.flatMap((each): TraceCondition[] => {
    const text = each === 'Patient' ? (id === record ? id : undefined) : inRecord
    return text === undefined ? [] : [{ kind: 'names', type: each, id: text, ...ofVersion }]
  })
  if (own.length === 0) return none
  if (sees === 'all') return anyOf(own)
  return { kind: 'all', of: [anyOf(own), { kind: 'nothing hidden', scope: sees }] }
}

function textIs(column: TextColumn, value: string): TraceCondition {
  return { kind: 'text', column, value }
}

/** @see https://hl7.org/fhir/R4/search.html#token: no system asked for is any, an empty one is none */
function isToken(found: Found.TokenValue, asked: TokenValue): boolean {
  if (asked.system !== undefined && asked.system !== (found.system ?? '')) return false
  return asked.code === undefined ? true : found.code === asked.code
}

function isIdentifier(
  { system, value }: { readonly system?: string; readonly value: string },
  asked: TokenValue,
): boolean {
  return isToken({ ...(system === undefined ? {} : { system }), code: value }, asked)
}

function isReference(
  found: Found.ReferenceValue,
  asked: Extract<ReferenceValue, { kind: 'local' }>,
): boolean {
  if (found.id !== asked.id || (asked.type !== undefined && found.type !== asked.type)) return false
  return asked.version === undefined || asked.version === found.version
}
