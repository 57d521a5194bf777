/**
 * If-Match and If-None-Match of a write, against the version that is current.
 * @see https://hl7.org/fhir/R4/http.html#concurrency and RFC 9110 §13.1
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { StoredResource } from '../../../storage/resources/stored-resource.ts'
import type { WriteRequest } from './write-request.ts'

const LONGEST = 1000
const TAGS = /^(?:\*|(?:W\/)?"[^"]*"(?:[ \t]*,[ \t]*(?:W\/)?"[^"]*")*)$/
const TAG = /(?:W\/)?"([^"]*)"/g

/**
 * @param current undefined when there is none; one that was deleted is none either
 * @throws FhirError 412 when they do not hold, 400 when they cannot be read
 */
export function refuseUnlessMet(
  request: Pick<WriteRequest, 'ifMatch' | 'ifNoneMatch'>,
  current: Pick<StoredResource, 'method' | 'version'> | undefined,
): void {
  const there = current && current.method !== 'DELETE' ? current : undefined
  if (request.ifMatch !== undefined && !names('If-Match', request.ifMatch, there)) {
    throw refusal('version-conflict', 'version-perimee')
  }
  if (request.ifNoneMatch !== undefined && names('If-None-Match', request.ifNoneMatch, there)) {
    throw refusal('version-conflict', 'ressource-existante')
  }
}

function names(header: string, value: string, there: Pick<StoredResource, 'version'> | undefined): boolean {
  const text = value.trim()
  if (text.length > LONGEST || !TAGS.test(text)) {
    const params = { name: header, cause: 'W/"[version]"' }
    throw refusal('invalid', 'valeur-invalide', { type: 'value', params })
  }
  if (!there) return false
  return text === '*' || [...text.matchAll(TAG)].some(([, version]) => version === String(there.version))
}
