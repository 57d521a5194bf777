/** A document on its way into a record: as it was sent, and as it will be written. */
import type { ReceivedContent } from '../../../content/received-content.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import type { VisibilityLabel } from '../../../dmp/documents/security-labels.ts'
import type { Grant } from '../../../dmp/matrices/functional-matrix.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { NewDocument } from '../../../storage/documents/store-documents.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { Announced, Replaced } from './replaced-document.ts'

export type Submitted = {
  /** References rewritten, the attachment without data. */
  readonly resource: JsonObject
  readonly content: ReceivedContent
  readonly subject: Subject
  readonly grant: Grant
  /** Whether what the CDA header says completes the metadata (ITI-105) or must already be there (ITI-65). */
  readonly complete: boolean
  readonly id: Uuid
  readonly binaryId: Uuid
  /** What it replaces (D2): it keeps hidden what that one hid. */
  readonly replaced?: Replaced | undefined
  /** What it transforms, appends or signs: it hides what these hide. */
  readonly related: readonly StoredDocument[]
  /** What the header of its CDA says that it replaces, beside `replaced`; left out for what lies there already. */
  readonly announced?: ((header: CdaHeader) => Promise<Announced>) | undefined
  /** Of a FHIR document, or of a CDA that was read before. */
  readonly header?: CdaHeader | undefined
  /** The resource that attachment.url leads to; of a FHIR document neither size nor hash is told (MHD). */
  readonly form: 'Binary' | 'Bundle'
  /** The profile it is held to when it claims none of its own. */
  readonly profile: string
  /** Where the resource stands in the request, for the faults: `DocumentReference` or `Bundle.entry[1].resource`. */
  readonly at: string
}

export type AdmittedDocument = {
  readonly row: NewDocument
  readonly content: ReceivedContent
  readonly uniqueId: string
  /** Labels that the server has set, and the answer tells. */
  readonly imposed: readonly VisibilityLabel[]
  readonly replaced?: Replaced | undefined
  readonly related: readonly StoredDocument[]
}
