/**
 * What can be wrong with the bytes of a submitted document, read chunk by chunk: they are those that were announced, of
 * the type that was announced, and what a patient may upload.
 * @see docs/policy.md D6, D11
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { ReceivedContent } from '../../../content/received-content.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { cdaRuleIssue } from '../../../dmp/cda/cda-rules.ts'
import { cdaFaultIssue, type ParsedCda, parseCda, parseCdaChunks } from '../../../dmp/cda/parse-cda.ts'
import {
  checkAnnouncedContent,
  checkContentType,
  checkEmbeddedType,
  isText,
  patientUpload,
  plainType,
  sniffContentType,
} from '../../../dmp/documents/content-check.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { writesAsPatient } from '../../../policy/actor-class.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ATTACHMENT } from './document-faults.ts'

export async function contentFaults(
  document: DocumentReference,
  content: ReceivedContent,
  { caller }: DmpExchange,
): Promise<Issue[]> {
  const attachment = document.content[0]?.attachment
  if (!attachment) return []
  const faults = [
    ...checkAnnouncedContent(attachment, content, ATTACHMENT),
    ...checkContentType(attachment, content.first, ATTACHMENT, await isTextToItsEnd(content)),
  ]
  if (!writesAsPatient(caller)) return faults
  const allowed: readonly string[] = patientUpload.contentTypes
  if (!allowed.includes(plainType(attachment.contentType))) {
    const params = { formats: allowed.join(', ') }
    faults.push({
      severity: 'error',
      type: 'business-rule',
      error: 'format-envoye',
      params,
      expression: ATTACHMENT,
      rule: 'D11',
    })
  }
  if (content.size > patientUpload.maxBytes) {
    const params = { what: 'document (bytes)', limit: patientUpload.maxBytes }
    faults.push({
      severity: 'error',
      type: 'business-rule',
      error: 'trop-long',
      params,
      expression: ATTACHMENT,
      rule: 'D11',
    })
  }
  return faults
}

/** Read on only when it began as text: a kind of file that is known by its first bytes is known. */
async function isTextToItsEnd({ first, chunkCount, plain }: ReceivedContent): Promise<boolean> {
  if (chunkCount === 1 || sniffContentType(first) !== 'text/plain') return true
  for await (const chunk of plain()) if (!isText(chunk)) return false
  return true
}

/** The header of a CDA; undefined when it cannot be read, and `faults` says why. */
export async function cdaHeaderOf(
  { first, chunkCount, plain }: ReceivedContent,
  faults: Issue[],
): Promise<CdaHeader | undefined> {
  const parsed: ParsedCda = chunkCount === 1 ? parseCda(first) : await parseCdaChunks(plain)
  if ('fault' in parsed) {
    faults.push(cdaFaultIssue(parsed.fault, ATTACHMENT))
    return undefined
  }
  faults.push(...parsed.broken.map((rule) => cdaRuleIssue(rule, ATTACHMENT)))
  faults.push(...checkEmbeddedType(parsed.header.body, ATTACHMENT))
  return parsed.header
}
