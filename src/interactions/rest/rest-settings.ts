/** Choices that R4 leaves to a server, told in its CapabilityStatement. */
export type RestSettings = {
  /** Whether PUT to an id that does not exist creates it (https://hl7.org/fhir/R4/http.html#upsert). */
  readonly updateCreate: boolean
  /** Whether a conditional delete with several matches deletes them all, or is refused with 412. */
  readonly conditionalDelete: 'single' | 'multiple'
}
