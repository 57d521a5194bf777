/**
 * The next version of a document, from the text it was stored as: what no change touches keeps its every digit.
 * Put together again from the body, so that the columns say what the body says.
 */
import type { CodeableConcept } from '@medplum/fhirtypes'
import { readSecurityLabels } from '../../../dmp/documents/security-labels.ts'
import type { Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import type { DocumentFacts } from '../../../policy/facts.ts'
import type { NextDocument } from '../../../storage/documents/change-document.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { documentColumns } from '../submission/document-row.ts'

/** The metadata of a stored document. */
export function metadataOf({ body }: Pick<StoredDocument, 'body'>): JsonObject {
  const document = parseJson(body)
  if (!isJsonObject(document)) throw new Error('A stored document is no object')
  return document
}

/**
 * @param changed the metadata as they are to be, versionId and lastUpdated aside
 * @param now milliseconds since 1970
 */
export function nextDocument(
  engine: Pick<DmpEngine, 'extraction' | 'terminology'>,
  patientKey: Uuid,
  stored: StoredDocument,
  changed: JsonObject,
  now: number,
): NextDocument & { readonly facts: DocumentFacts } {
  // Another process's clock may be ahead: the versions of a document are in the order of time.
  const lastUpdated = Math.max(now, stored.lastUpdated)
  const document: JsonObject = {
    ...changed,
    meta: {
      ...(isJsonObject(changed.meta) ? changed.meta : {}),
      versionId: String(stored.version + 1),
      lastUpdated: new Date(lastUpdated).toISOString(),
    },
  }
  const { systems } = engine.terminology
  const { archived, securityLabel } = documentColumns(
    engine.extraction,
    document,
    stored.facts.type,
    now,
    systems.canonical,
  )
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(labelsOf(document)).labels
  const status = typeof document.status === 'string' ? document.status : ''
  const flags = { status, archived, masked, invisiblePatient, invisibleLegal }
  return {
    patientKey,
    id: stored.id,
    replaces: stored.version,
    lastUpdated,
    securityLabel,
    body: stringifyJson(document),
    ...flags,
    facts: { ...stored.facts, ...flags },
  }
}

/** Only of what is stored, or was validated. */
function labelsOf({ securityLabel }: JsonObject): CodeableConcept[] {
  return (securityLabel ?? []) as unknown as CodeableConcept[]
}
