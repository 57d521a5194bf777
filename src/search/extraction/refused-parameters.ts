/**
 * Search parameters of R4 that this server does not answer, and why. A test fails when a
 * parameter can neither be compiled nor stands here, or stands here without need: no parameter is half-answered.
 */
import type { Wording } from '../../fhir/errors/wording.ts'

const noElement = {
  fr: 'ne cherche aucun élément : R4 en laisse le sens au serveur, et celui-ci n’a pas d’index du texte',
  en: 'searches no element: R4 leaves its meaning to the server, and this one has no full text index',
}

export const refusedParameters: ReadonlyMap<string, Wording> = new Map<string, Wording>([
  ['http://hl7.org/fhir/SearchParameter/Resource-content', noElement],
  ['http://hl7.org/fhir/SearchParameter/DomainResource-text', noElement],
  [
    'http://hl7.org/fhir/SearchParameter/Resource-query',
    {
      fr: 'nomme une requête du serveur, et celui-ci n’en a pas',
      en: 'names a query of the server, and this one has none',
    },
  ],
  [
    'http://hl7.org/fhir/SearchParameter/Location-near',
    {
      fr: 'une distance sur le globe : il n’y a pas d’index géographique',
      en: 'a distance on the globe: there is no geographic index',
    },
  ],
  [
    'http://hl7.org/fhir/SearchParameter/individual-phonetic',
    {
      fr: 'aucun algorithme phonétique n’est défini ni convenu',
      en: 'no phonetic algorithm is defined or agreed',
    },
  ],
  [
    'http://hl7.org/fhir/SearchParameter/Bundle-composition',
    {
      fr: 'mène à une ressource dans le Bundle, non à une référence',
      en: 'leads to a resource inside the Bundle, not to a reference',
    },
  ],
  [
    'http://hl7.org/fhir/SearchParameter/Bundle-message',
    {
      fr: 'mène à une ressource dans le Bundle, non à une référence',
      en: 'leads to a resource inside the Bundle, not to a reference',
    },
  ],
])
