/** A content that is announced as a CDA, and what its header says. */
import type { ReceivedContent } from '../../../content/received-content.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { cdaFaultIssue, parseCdaChunks } from '../../../dmp/cda/parse-cda.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'

/** @param at where the bytes stand in the request @throws FhirError 422 for what is no CDA that can be read */
export async function readCdaOf(content: ReceivedContent, at: string): Promise<CdaHeader> {
  const parsed = await parseCdaChunks(() => content.plain())
  if ('header' in parsed) return parsed.header
  throw new FhirError('unprocessable', [cdaFaultIssue(parsed.fault, at)])
}
