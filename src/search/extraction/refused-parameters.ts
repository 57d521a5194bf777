/**
 * Search parameters of R4 that this server does not answer, and why. A test fails when a
 * parameter can neither be compiled nor stands here, or stands here without need: no parameter is half-answered.
 */
const noElement =
  'searches no element: R4 leaves its meaning to the server, and this one has no full text index'

export const refusedParameters: ReadonlyMap<string, string> = new Map([
  ['http://hl7.org/fhir/SearchParameter/Resource-content', noElement],
  ['http://hl7.org/fhir/SearchParameter/DomainResource-text', noElement],
  [
    'http://hl7.org/fhir/SearchParameter/Resource-query',
    'names a query of the server, and this one has none',
  ],
  [
    'http://hl7.org/fhir/SearchParameter/Location-near',
    'a distance on the globe: there is no geographic index',
  ],
  ['http://hl7.org/fhir/SearchParameter/individual-phonetic', 'no phonetic algorithm is defined or agreed'],
  [
    'http://hl7.org/fhir/SearchParameter/Bundle-composition',
    'leads to a resource inside the Bundle, not to a reference',
  ],
  [
    'http://hl7.org/fhir/SearchParameter/Bundle-message',
    'leads to a resource inside the Bundle, not to a reference',
  ],
])
