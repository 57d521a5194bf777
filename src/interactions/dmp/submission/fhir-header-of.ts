/**
 * What a FHIR document says of itself that comes as bytes, in a Binary or in the data of ITI-105. It is read as one that
 * comes as a Bundle (lot-contents.ts): under either name it is about one patient, and that must be the record's.
 * @see docs/policy.md D6, I3
 */
import type { Bundle } from '@medplum/fhirtypes'
import type { ReceivedContent } from '../../../content/received-content.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { readFhirDocument } from '../../../dmp/documents/fhir-document.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { validate } from '../../../validation/validate.ts'
import { oneByOne } from '../../one-by-one.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { ATTACHMENT } from './document-faults.ts'
import { wholeContent } from './whole-content.ts'

type Reader = Pick<DmpEngine, 'limits' | 'registry' | 'profiles'>

/** Of tens of megabytes, as bytes, as text and as what is parsed: of all that come at once, one is in memory so. */
const large = oneByOne()

/** @returns undefined when it cannot be read, and `faults` says why, all of them of the attachment that holds it */
export async function fhirHeaderOf(
  engine: Reader,
  content: ReceivedContent,
  format: 'json' | 'xml',
  faults: Issue[],
): Promise<CdaHeader | undefined> {
  const reading = () => readDocument(engine, content, format)
  const read = await (content.chunkCount === 1 ? reading() : large(reading))
  if ('header' in read) return read.header
  faults.push(...read.issues.map((issue) => ({ ...issue, expression: ATTACHMENT })))
  return undefined
}

async function readDocument(
  engine: Reader,
  content: ReceivedContent,
  format: 'json' | 'xml',
): Promise<ReturnType<typeof readFhirDocument> | { readonly issues: readonly Issue[] }> {
  const text = utf8(await wholeContent(content))
  if (text === undefined) return { issues: [notOf(format)] }
  let bundle: JsonObject
  try {
    bundle = readBodyOf(engine, { format, text }, 'Bundle')
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    return { issues: error.category === 'structure' ? [notOf(format)] : error.issues }
  }
  const issues = validate(bundle, engine.registry, { loaded: engine.profiles })
  // `validate` found no fault: it is a Bundle.
  return issues.length > 0 ? { issues } : readFhirDocument(bundle as unknown as Bundle)
}

function notOf(format: 'json' | 'xml'): Issue {
  const params = { contentType: `application/fhir+${format} (Bundle, UTF-8)` }
  return { severity: 'error', type: 'invalid', error: 'contenu-inattendu', params }
}

/** Without the byte order mark that it may have. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
