/** The answer that shows a version as it is stored. @see https://hl7.org/fhir/R4/http.html#versions */
import type { StoredVersion } from '../../storage/read-document.ts'
import type { Answer } from '../exchange.ts'

export function versionAnswer({ body, version, lastUpdated }: StoredVersion): Answer {
  return { status: 200, body, etag: `W/"${version}"`, lastModified: lastUpdated }
}
