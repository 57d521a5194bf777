/**
 * `Patient/[id]/$droits`: what this caller may do in this record now. For each access mode asked about, each transaction
 * with the rule that decides it, and which documents could be read: by type and label, never by what the record holds.
 * Each line is the answer of policy to that action: there is no second logic.
 *
 * Parameters: `mode` (may repeat; the mode of the request unless said). A motive is that of the request (DMP-Motif).
 * @see docs/policy.md F1, docs/api.md "$droits"
 */
import { decodeUuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import {
  type AnswerParameter,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
  writeParameters,
} from '../../../fhir/operation-parameters.ts'
import { actorClass } from '../../../policy/actor-class.ts'
import { type AccessMode, accessModes } from '../../../policy/caller.ts'
import type { Action } from '../../../policy/question.ts'
import { actions } from '../../../policy/question.ts'
import { findRecord, type KnownRecord } from '../../../storage/records/record-facts.ts'
import type { Answer } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit } from '../permit.ts'
import { documentsShown, transaction } from './rights-parameters.ts'

export async function rights(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, pairs, body }: Pick<Input, 'id' | 'pairs' | 'body'>,
): Promise<Answer> {
  const { caller, now, trace } = exchange
  trace.asks('Patient')
  const modes = modesAsked(engine, exchange.mode, pairs, body)
  const patientKey = decodeUuid(id)
  const found = patientKey && (await findRecord(engine.db, patientKey, askerOf(exchange)))
  const { record } = permit(engine, exchange, found, 'find-record')
  const { rights: functional, habilitation } = engine.matricesAt(now)
  const parameters = writeParameters([
    { name: 'acteur', value: ['Code', actorClass(caller, record.facts)] },
    { name: 'authentification', value: ['Code', caller.authentication] },
    { name: 'matrice-fonctionnelle', value: ['Date', functional.validFrom] },
    { name: 'matrice-habilitation', value: ['Date', habilitation.validFrom] },
    ...serviceOpened(exchange, record),
    ...modes.map((mode) => access(engine, { ...exchange, mode }, record)),
  ])
  return { status: 200, body: stringifyJson(parameters) }
}

/** To a third-party service: what it asks for, and until when the patient lets it (S1). */
function serviceOpened({ caller }: DmpExchange, { service }: KnownRecord): AnswerParameter[] {
  if (!caller.service || !service) return []
  return [
    {
      name: 'service',
      part: [
        { name: 'nom', value: ['String', caller.service.name] },
        ...caller.service.purposes.map(
          (purpose): AnswerParameter => ({ name: 'finalite', value: ['Code', purpose] }),
        ),
        { name: 'jusqu-a', value: ['Instant', new Date(service.until).toISOString()] },
      ],
    },
  ]
}

/** All that may be asked about a record, in one access mode. */
function access(engine: DmpEngine, exchange: DmpExchange, record: KnownRecord): AnswerParameter {
  return {
    name: 'acces',
    part: [
      { name: 'mode', value: ['Code', exchange.mode] },
      ...allActions.map((action) => transaction(engine, exchange, record, action)),
      ...documentsShown(engine, exchange, record),
    ],
  }
}

const allActions = Object.keys(actions).filter((name): name is Action => Object.hasOwn(actions, name))

/** @throws FhirError 400 */
function modesAsked(
  engine: DmpEngine,
  ofRequest: AccessMode,
  pairs: Input['pairs'],
  body: Input['body'],
): readonly AccessMode[] {
  const given = [parametersOfQuery(pairs)]
  if (body) given.push(readParameters(readBodyOf(engine, body, 'Parameters')))
  const modes = new Set<AccessMode>()
  for (const parameters of given) {
    refuseUnknown(parameters, ['mode'])
    for (const { value } of parameters.get('mode') ?? []) {
      const mode = accessModes.find((known) => known === value)
      if (!mode) throw badValue('mode', accessModes.join(' | '))
      modes.add(mode)
    }
  }
  return modes.size > 0 ? [...modes] : [ofRequest]
}
