/**
 * Parameters that R4 describes in its text only, without a SearchParameter, and that this server does not answer. With
 * extraction/refused-parameters.ts the whole of what is known and refused: told why, in lenient handling too, because
 * an answer without them would be another one than was asked for.
 * @see https://hl7.org/fhir/R4/search.html#all, #contained, #filter
 */
import type { Wording } from '../fhir/errors/wording.ts'

export const unansweredParameters: ReadonlyMap<string, Wording> = new Map<string, Wording>([
  [
    '_filter',
    {
      fr: 'il n’y a pas de langage de filtre ici : employez les paramètres, les chaînes et _has',
      en: 'there is no filter language here: use parameters, chains and _has',
    },
  ],
  [
    '_list',
    {
      fr: 'l’appartenance à une List n’est pas indexée : cherchez par _id les identifiants que la List nomme',
      en: 'membership of a List is not an index: search _id with the ids that the List names',
    },
  ],
  [
    '_contained',
    {
      fr: 'une ressource contenue se trouve avec celle qui la contient, et non seule',
      en: 'contained resources are found with the resource around them, and not by themselves',
    },
  ],
  [
    '_containedType',
    {
      fr: 'une ressource contenue se trouve avec celle qui la contient, et non seule',
      en: 'contained resources are found with the resource around them, and not by themselves',
    },
  ],
])
