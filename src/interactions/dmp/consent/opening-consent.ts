/**
 * The Consent of category `ouverture`: that the record is open, and since when it is closed. The server's own, written by
 * $ouvrir, $fermer and $reactiver in their transactions.
 * @see docs/policy.md F0, A12
 */
import { choiceSystem, openingCategory } from '../../../dmp/choices/patient-choice.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { Runner } from '../../../storage/database.ts'
import { insertResource, replaceResource } from '../../../storage/records/change-record.ts'
import { findChoices, nameChoice } from '../../../storage/records/choices.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { storedBody } from './consent-body.ts'
import { consentTerms } from './consent-terms.ts'

export async function settleOpening(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Runner,
  patientKey: Uuid,
  open: boolean,
): Promise<void> {
  const { now } = exchange
  const before = (await findChoices(transaction, patientKey, [openingCategory])).get(openingCategory)
  const id = before?.id ?? engine.newId(now)
  const version = (before?.version ?? 0) + 1
  const content = before ? storedBody(before.body) : opening(patientKey, now)
  const next = nextVersion(
    { ...content, status: open ? 'active' : 'inactive' },
    formatResourceId({ patientKey, id }),
    version,
    now,
  )
  const body = stringifyJson(next)
  const resource = { patientKey, type: 'Consent', id, lastUpdated: now, body, terms: consentTerms(next) }
  exchange.trace.concerns('Consent', encodeUuid(id), version)
  if (!before) {
    await Promise.all([
      insertResource(transaction, resource),
      nameChoice(transaction, patientKey, openingCategory, id),
    ])
  } else if (!(await replaceResource(transaction, resource, before.version))) {
    throw refusal('conflict', 'conflit-concurrent')
  }
}

/** Opened for everybody unless they object (CSP L.1111-14): an opt-out. */
function opening(patientKey: Uuid, now: number): JsonObject {
  const v3 = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
  const scope = 'http://terminology.hl7.org/CodeSystem/consentscope'
  return {
    resourceType: 'Consent',
    scope: { coding: [{ system: scope, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: choiceSystem, code: openingCategory }] }],
    patient: { reference: `Patient/${encodeUuid(patientKey)}` },
    dateTime: new Date(now).toISOString(),
    policyRule: { coding: [{ system: v3, code: 'OPTOUT' }] },
    provision: { type: 'permit' },
  }
}
