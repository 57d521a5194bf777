/** What a search finds a Consent by, and what bounds who may read it: its status, its category, whom it names. */
import type { Consent } from '@medplum/fhirtypes'
import { choiceSystem } from '../../../dmp/choices/patient-choice.ts'
import { professionalActor } from '../../../dmp/choices/patient-choice-actor.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { recordTerm } from '../../../storage/records/search-record.ts'

export type ConsentSummary = {
  readonly status: string
  readonly category: string
  /** `ps:…` or `st:…`; persons are not told by their INS. */
  readonly actor: string | undefined
}

/** @param body that was found to be a Consent when it was stored */
export function consentSummary(body: JsonObject): ConsentSummary {
  const consent = body as unknown as Consent
  const codings = consent.category.flatMap(({ coding }) => coding ?? [])
  const reference = consent.provision?.actor?.[0]?.reference
  return {
    status: consent.status,
    category: codings.find(({ system }) => system === choiceSystem)?.code ?? '',
    actor: reference && professionalActor(reference),
  }
}

export function consentTerms(body: JsonObject): string[] {
  const { status, category, actor } = consentSummary(body)
  return [
    recordTerm('Consent', 'status', status),
    recordTerm('Consent', 'category', category),
    ...(actor === undefined ? [] : [recordTerm('Consent', 'actor', actor)]),
  ]
}
