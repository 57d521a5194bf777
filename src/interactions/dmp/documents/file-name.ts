/**
 * The name under which a document is saved: what kind of file it is, and nothing of the patient or the care.
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
import { mediaTypeOf } from '../../../fhir/media-type.ts'

const endings: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'application/pdf': 'pdf',
    'application/xml': 'xml',
    'text/xml': 'xml',
    'application/hl7-cda+xml': 'xml',
    'application/fhir+xml': 'xml',
    'application/fhir+json': 'json',
    'application/json': 'json',
    'text/plain': 'txt',
    'text/rtf': 'rtf',
    'application/rtf': 'rtf',
    'image/jpeg': 'jpg',
    'image/png': 'png',
    'image/tiff': 'tif',
    'application/dicom': 'dcm',
  }),
)

/** Saved, never shown: what somebody has sent must not run as a page of this server. */
export function contentDisposition(contentType: string): string {
  const type = mediaTypeOf(contentType)
  return `attachment; filename="document.${endings.get(type) ?? 'bin'}"`
}
