/**
 * Search parameters of ours without an expression: what they find a resource by is read in code, where it is indexed
 * (search/record/). A profile that does not index them does not know them.
 */
const own = 'https://dmp-fhir.example/SearchParameter'

export const derivedParameters: ReadonlySet<string> = new Set([
  `${own}/DocumentReference-mots`,
  `${own}/DocumentReference-author-profession`,
  `${own}/DocumentReference-author-speciality`,
])
