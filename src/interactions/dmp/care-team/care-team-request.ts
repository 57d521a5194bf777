/**
 * A CareTeam that a client sends: the team that it says, in which record. Faults of the team come after the refusals of the
 * record.
 */
import type { CareTeam } from '@medplum/fhirtypes'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { meaningChangedAt } from '../../../fhir/meaning-changed.ts'
import { isProfessional, selfIds } from '../../../policy/actor-class.ts'
import { validate } from '../../../validation/validate.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { patientReference, permitSubject, resolveSubject } from '../submission/subject.ts'
import { type CareTeamForm, readCareTeam } from './care-team-form.ts'

export type CareTeamRequest = {
  readonly resource: JsonObject
  readonly form: CareTeamForm
  readonly patientKey: Uuid
  /** As this server writes it. */
  readonly patient: string
  /** The patient's own choice, or what a member collects from the patient. */
  readonly action: 'choose' | 'authorise-colleague'
}

const MAX_CHARACTERS = 262_144

export async function readCareTeamRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
  statuses: readonly string[],
): Promise<CareTeamRequest> {
  if (sent && 'text' in sent && sent.text.length > MAX_CHARACTERS)
    throw refusal('too-long', 'trop-long', { params: { what: 'CareTeam', limit: MAX_CHARACTERS } })
  const resource = readBodyOf(engine, sent, 'CareTeam')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  const subject = await resolveSubject(engine, exchange, resource.subject, 'CareTeam.subject')
  const action = isProfessional(exchange.caller) ? 'authorise-colleague' : 'choose'
  permitSubject(engine, exchange, subject, action, 'CareTeam.subject')
  // `validate` found no fault: it is a CareTeam.
  const form = readCareTeam(resource as unknown as CareTeam, statuses, exchange.now)
  if ('issues' in form) throw new FhirError('unprocessable', form.issues)
  const changed = form.active ? meaningChangedAt(resource) : undefined
  if (changed !== undefined)
    throw refusal('unprocessable', 'equipe-incorrecte', {
      type: 'business-rule',
      params: { cause: `${changed} × 0` },
      expression: `CareTeam.${changed}`,
    })
  if (action === 'authorise-colleague' && !isMember(exchange, form.members)) throw notMember(exchange)
  return {
    resource,
    form,
    patientKey: subject.record.facts.patientKey,
    patient: patientReference(subject),
    action,
  }
}

export function isMember({ caller }: DmpExchange, members: readonly string[]): boolean {
  return selfIds(caller).some((id) => members.includes(id))
}

export function notMember({ trace }: DmpExchange): FhirError {
  trace.decided(['A5'])
  return refusal('forbidden', 'equipe-des-autres', { rule: 'A5' })
}
