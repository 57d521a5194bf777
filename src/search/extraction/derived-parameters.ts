/**
 * Search parameters of ours without an expression: what they find a resource by is read in code, where a record is indexed
 * (search/record/). The fhir profile has no such index and refuses them: in lenient handling too, since an answer without
 * them would be another one than was asked for.
 */
const own = 'https://dmp-fhir.example/SearchParameter'

export const derivedParameters: ReadonlySet<string> = new Set([
  `${own}/DocumentReference-mots`,
  `${own}/DocumentReference-author-profession`,
  `${own}/DocumentReference-author-speciality`,
])

/** Why the fhir profile does not answer them. */
export const derivedOfRecords = {
  fr: 'se fait où les dossiers du DMP sont indexés : le profil dmp y répond',
  en: 'is made where records of the DMP are indexed: the profile dmp answers it',
}
