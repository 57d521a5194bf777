/** The answer that shows a version as it is stored. @see https://hl7.org/fhir/R4/http.html#versions */
import type { StoredText } from '../../fhir/served-text.ts'
import type { StoredVersion } from '../../storage/documents/read-document.ts'
import type { Answer } from '../exchange.ts'

type Served = Omit<StoredVersion, 'body'> & { readonly body: StoredText }

export function versionAnswer({ body, version, lastUpdated }: Served): Answer {
  const served = typeof body === 'string' ? body : { parts: [body] }
  return { status: 200, body: served, etag: `W/"${version}"`, lastModified: lastUpdated }
}
