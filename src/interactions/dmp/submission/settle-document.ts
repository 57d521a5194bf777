/**
 * The document as it will stand in the record: labelled, sized, dated, its content where it is read from.
 * @see docs/policy.md V1, V2, V5, V6, D2
 */
import type { CodeableConcept, DocumentReference } from '@medplum/fhirtypes'
import { authorActors, authorsOf } from '../../../dmp/documents/document-authors.ts'
import { withBothDiscriminators } from '../../../dmp/documents/document-identifiers.ts'
import { documentTypeOf } from '../../../dmp/documents/document-type-check.ts'
import {
  readSecurityLabels,
  type VisibilityLabel,
  withNormalLabel,
  withVisibilityLabel,
} from '../../../dmp/documents/security-labels.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import { writesAsPatient } from '../../../policy/actor-class.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { documentColumns, foundBy } from './document-row.ts'
import { lastingMeta } from './held-profiles.ts'
import { withReplaced } from './replaced-document.ts'
import type { AdmittedDocument, Submitted } from './submitted-document.ts'

/** @param document admitted: every fault was asked for, and none found */
export function settleDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  submitted: Pick<Submitted, 'subject' | 'content' | 'id' | 'binaryId' | 'replaced' | 'related' | 'form'>,
  document: DocumentReference,
): AdmittedDocument {
  const { subject, content, id, binaryId, replaced, related, form } = submitted
  const { patientKey } = subject.record.facts
  const labels = withNormalLabel(document.securityLabel)
  const imposed = imposedLabels(exchange, submitted, labels)
  const securityLabel = imposed.reduce<CodeableConcept[]>(withVisibilityLabel, labels)
  const [first] = document.content
  if (!first) throw new Error('A document without content was admitted')
  const { data: _, size: ___, hash: ____, ...attachment } = first.attachment
  const lastUpdated = new Date(exchange.now).toISOString()
  const head = {
    resourceType: document.resourceType,
    id: formatResourceId({ patientKey, id }),
    meta: { ...lastingMeta(document.meta ?? {}), versionId: '1', lastUpdated },
  }
  const settled = {
    // Twice, to stand in front and to count: an object made by leaving members out takes a fifth longer to be read.
    ...head,
    ...document,
    ...head,
    date: document.date ?? lastUpdated,
    securityLabel,
    content: [
      {
        ...first,
        attachment: {
          ...attachment,
          url: `${form}/${formatResourceId({ patientKey, id: binaryId })}`,
          ...(form === 'Bundle' ? {} : { size: content.size, hash: content.sha1Base64 }),
        },
      },
    ],
  }
  // JSON it was and is: the parser made it, and only JSON was put in.
  const json = withBothDiscriminators(settled as unknown as JsonObject, id)
  const stored = replaced
    ? withReplaced(json, `DocumentReference/${formatResourceId({ patientKey, id: replaced.stored.id })}`)
    : json
  const body = stringifyJson(stored)
  const type = documentTypeOf(document.type, engine.terminology.documentTypes)
  if ('issue' in type) throw new Error('A document without a type was admitted')
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(securityLabel).labels
  return {
    imposed,
    content,
    replaced,
    related,
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
      ...documentColumns(
        engine.extraction,
        stored,
        `${type.type.system}|${type.type.code}`,
        exchange.now,
        engine.terminology.systems.canonical,
      ),
      ...foundBy(engine, stored),
      binaryId,
      contentType: attachment.contentType ?? '',
      sha256: content.sha256,
      body,
    },
  }
}

/**
 * What hides the document although it was not sent so: V5, a secret connection writes nothing but a minor's secrets; D2,
 * what replaces a hidden document, appends to it, transforms or signs it stays hidden, until it is shown by who may; V6,
 * the patient wants all masked.
 * A pending announcement excludes masking (V2), and goes before it.
 */
function imposedLabels(
  { caller }: DmpExchange,
  { subject, replaced, related }: Pick<Submitted, 'subject' | 'replaced' | 'related'>,
  sent: readonly CodeableConcept[],
): VisibilityLabel[] {
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(sent).labels
  const before = [...(replaced ? [replaced.stored] : []), ...related].map(({ facts }) => facts)
  const imposed: VisibilityLabel[] = []
  const byDefault = subject.record.facts.maskedByDefault && !writesAsPatient(caller)
  if (!masked && !invisiblePatient && (byDefault || before.some((facts) => facts.masked)))
    imposed.push('MASQUE_PS')
  if (!invisibleLegal && (caller.secretConnection || before.some((facts) => facts.invisibleLegal)))
    imposed.push('INVISIBLE_REPRESENTANTS_LEGAUX')
  return imposed
}
