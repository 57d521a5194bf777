/**
 * The document as it will stand in the record: labelled, sized, dated, its content where it is read from.
 * @see docs/policy.md V1, V6
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { authorActors, authorsOf } from '../../../dmp/document-authors.ts'
import { documentTypeOf } from '../../../dmp/document-type-check.ts'
import { readSecurityLabels, withNormalLabel, withVisibilityLabel } from '../../../dmp/security-labels.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { documentColumns } from './document-row.ts'
import type { AdmittedDocument, Submitted } from './submitted-document.ts'

/** @param document admitted: every fault was asked for, and none found */
export function settleDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  submitted: Submitted,
  document: DocumentReference,
): AdmittedDocument {
  const { subject, content, id, binaryId } = submitted
  const { patientKey } = subject.record.facts
  const labels = withNormalLabel(document.securityLabel)
  const announced = readSecurityLabels(labels).labels
  // Default masking (V6) gives way to a pending announcement: the two exclude each other (V2).
  const maskNow =
    subject.record.maskedByDefault && !announced.invisiblePatient && exchange.caller.actor !== 'PATIENT'
  const securityLabel = maskNow ? withVisibilityLabel(labels, 'MASQUE_PS') : labels
  const [first] = document.content
  if (!first) throw new Error('A document without content was admitted')
  const { data: _, ...attachment } = first.attachment
  const lastUpdated = new Date(exchange.now).toISOString()
  const { resourceType, id: __, meta, ...rest } = document
  const settled = {
    resourceType,
    id: formatResourceId({ patientKey, id }),
    meta: { ...meta, versionId: '1', lastUpdated },
    ...rest,
    date: document.date ?? lastUpdated,
    securityLabel,
    content: [
      {
        ...first,
        attachment: {
          ...attachment,
          url: `Binary/${formatResourceId({ patientKey, id: binaryId })}`,
          size: content.size,
          hash: content.sha1Base64,
        },
      },
    ],
  }
  const body = stringifyJson(settled)
  // JSON it was and is: the parser made it, and only JSON was put in.
  const stored = settled as unknown as JsonObject
  const type = documentTypeOf(document.type, engine.terminology.documentTypes)
  if ('issue' in type) throw new Error('A document without a type was admitted')
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(securityLabel).labels
  return {
    uniqueId: `${document.masterIdentifier?.system}|${document.masterIdentifier?.value}`,
    row: {
      patientKey,
      id,
      lastUpdated: exchange.now,
      status: document.status ?? 'current',
      masked,
      invisiblePatient,
      invisibleLegal,
      authors: authorActors(authorsOf(document)),
      ...documentColumns(engine.extraction, stored, `${type.type.system}|${type.type.code}`, exchange.now),
      binaryId,
      contentType: attachment.contentType ?? '',
      sha256: content.sha256,
      bytes: content.bytes,
      body,
    },
  }
}
