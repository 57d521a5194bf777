/** @returns `type/subtype` of a content type, without its parameters, in small letters; empty for none */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';')[0] ?? '').trim().toLowerCase()
}
