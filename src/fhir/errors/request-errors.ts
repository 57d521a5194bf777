/** The request itself: its body, formats, parameters, and what it names. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const requestErrors = {
  inconnu: { fr: 'Aucune ressource de ce nom', en: 'No such resource' },
  supprime: { fr: 'Cette ressource a été supprimée', en: 'This resource was deleted' },
  'type-inconnu': {
    fr: '{type} n’est pas un type de ressource FHIR R4',
    en: '{type} is not a resource type of FHIR R4',
  },
  'corps-absent': { fr: 'Cette requête demande un corps', en: 'This request needs a body' },
  'encodage-invalide': {
    fr: 'La demande n’est pas de l’UTF-8 correct',
    en: 'The request is not correct UTF-8',
  },
  'json-invalide': {
    fr: "Le corps n'est pas du JSON correct : {cause}",
    en: 'The body is not correct JSON: {cause}',
  },
  'xml-invalide': {
    fr: "Le corps n'est pas du XML FHIR correct : {cause}",
    en: 'The body is not correct FHIR XML: {cause}',
  },
  'ordre-xml': {
    fr: '{name} : en XML cet élément se place avant {before} (ligne {line}, colonne {column})',
    en: '{name}: in XML this element stands before {before} (line {line}, column {column})',
  },
  'type-inattendu': {
    fr: 'resourceType doit être {expected}',
    en: 'resourceType must be {expected}',
  },
  'parametre-inconnu': {
    fr: 'Paramètre de recherche inconnu : {name}. Connus pour {type} : {known}',
    en: 'Unknown search parameter: {name}. Known for {type}: {known}',
  },
  'parametre-invalide': {
    fr: 'Valeur du paramètre {name} incorrecte ; forme attendue : {form}',
    en: 'Value of parameter {name} is not correct; expected form: {form}',
  },
  'parametre-non-pris-en-charge': {
    fr: 'Le paramètre {name} n’est pas pris en charge par ce serveur : {cause}',
    en: 'Parameter {name} is not supported by this server: {cause}',
  },
  'modificateur-non-pris-en-charge': {
    fr: 'Le modificateur {modifier} du paramètre {name} n’est pas pris en charge',
    en: 'Modifier {modifier} of parameter {name} is not supported',
  },
  'critere-absent': {
    fr: 'Une condition nomme au moins un critère de recherche : sans lui, elle vaudrait pour toutes les ressources',
    en: 'A condition names at least one search criterion: without one it would hold for every resource',
  },
  'patient-requis': {
    fr: 'Une recherche nomme un patient : ajoutez patient ou patient.identifier',
    en: 'A search names one patient: add patient or patient.identifier',
  },
  'recherche-trop-couteuse': {
    fr: 'Cette recherche demande trop de travail : précisez-la, ou demandez moins de valeurs',
    en: 'This search takes too much work: make it narrower, or ask for fewer values',
  },
  'curseur-invalide': {
    fr: 'Ce curseur de page n’est pas le vôtre ou n’est plus valable : reprenez la recherche',
    en: 'This page cursor is not yours or no longer valid: start the search again',
  },
  'non-pris-en-charge': { fr: 'Non pris en charge : {what}', en: 'Not supported: {what}' },
  'methode-non-permise': {
    fr: '{method} n’est pas permis sur {what}. Permis : {allowed}',
    en: '{method} is not allowed on {what}. Allowed: {allowed}',
  },
  'parametre-operation': {
    fr: 'Paramètre inconnu de cette opération : {name}. Connus : {known}',
    en: 'Parameter unknown to this operation: {name}. Known: {known}',
  },
  'format-demande': {
    fr: 'Formats rendus : {formats}. Corrigez Accept ou _format',
    en: 'Formats served: {formats}. Correct Accept or _format',
  },
  'format-envoye': {
    fr: 'Content-Type accepté : {formats}',
    en: 'Accepted Content-Type: {formats}',
  },
  'trop-long': {
    fr: 'Limite dépassée : {what}, au plus {limit}',
    en: 'Limit exceeded: {what}, at most {limit}',
  },
  'plage-impossible': {
    fr: 'La plage demandée commence après la fin du document, qui a {size} octets : corrigez Range',
    en: 'The range asked for begins behind the end of the document, which has {size} bytes: correct Range',
  },
  'parametre-requis': {
    fr: 'Paramètre obligatoire absent : {name}',
    en: 'Mandatory parameter missing: {name}',
  },
  'parametre-ignore': { fr: 'Paramètre ignoré : {name}', en: 'Parameter ignored: {name}' },
} as const satisfies Record<string, Wording>
