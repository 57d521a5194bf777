/** @returns `type/subtype` of a content type, without its parameters, in small letters; empty for none */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';')[0] ?? '').trim().toLowerCase()
}

const xmlTypes: ReadonlySet<string> = new Set(['text/xml', 'application/xml', 'application/hl7-cda+xml'])

/** Whether that is how a document in XML is announced: as either of the two of XML, or a CDA by its own. */
export function isXmlType(contentType: string | undefined): boolean {
  return xmlTypes.has(mediaTypeOf(contentType))
}
