/**
 * What the catalogue of errors does not say and docs/errors.md does: with which status and code of the issue each is
 * answered, what to do about it, and the rules of docs/policy.md that it comes from. `$verify`: told by that operation, in a
 * successful answer. A code without a line does not compile; a status that is not here fails the test that meets it.
 */
import type { ErrorCode } from '../../src/fhir/error-catalogue.ts'
import type { RuleId } from '../../src/policy/rule-ids.ts'

export type Facts = {
  /** Status and code of the issue, as `422 business-rule`. */
  readonly answers: readonly string[]
  readonly todo: string
  readonly rules?: readonly RuleId[]
}

export const errorFacts = {
  'jeton-absent': {
    answers: ['401 login'],
    todo: 'Ask the issuer for an access token (docs/api.md "Tokens"; in the sandbox `npx dmp token`) and send it.',
  },
  'jeton-invalide': {
    answers: ['401 security'],
    todo: 'Look at the cause that is named: issuer, audience, signature, claims. A token of another environment is the usual one.',
  },
  'jeton-expire': { answers: ['401 expired'], todo: 'Ask for a new token, and send the request again.' },
  'certificat-non-lie': {
    answers: ['401 security'],
    todo: 'Open the connection with the certificate that the token was asked for with.',
  },
  'portee-insuffisante': {
    answers: ['403 forbidden'],
    todo: 'Ask for a token with the scope that WWW-Authenticate names.',
  },
  'mode-acces-invalide': {
    answers: ['400 invalid'],
    todo: 'Send `normal`, `bris_de_glace` or `centre_15`, once, and the same motive as the token has.',
    rules: ['A8'],
  },
  'motif-illisible': {
    answers: ['400 invalid'],
    todo: 'Encode what the user typed, as `encodeURIComponent` does, and take line ends out of it.',
    rules: ['A8'],
  },
  'droit-fonctionnel': {
    answers: ['403 forbidden'],
    todo: 'This kind of caller does not do this in this mode: `$droits` and `GET /$habilitation` say who does.',
  },
  'autorisation-absente': {
    answers: ['403 forbidden'],
    todo: 'Obtain the consent of the patient, then `POST /Consent` (TD0.3); in an emergency, bris de glace.',
    rules: ['A1'],
  },
  'autorisation-expiree': {
    answers: ['403 forbidden'],
    todo: 'Obtain the consent of the patient again, then `POST /Consent`.',
    rules: ['A1', 'A4'],
  },
  'professionnel-bloque': {
    answers: ['403 forbidden'],
    todo: 'Nothing can be done by software: the patient has decided so.',
    rules: ['A3'],
  },
  'opposition-bris-de-glace': {
    answers: ['403 forbidden'],
    todo: 'Nothing can be done by software: the patient has decided so.',
    rules: ['A7'],
  },
  'opposition-centre-15': {
    answers: ['403 forbidden'],
    todo: 'Nothing can be done by software: the patient has decided so.',
    rules: ['A7'],
  },
  'motif-absent': {
    answers: ['400 required'],
    todo: 'Ask the professional for the reason, and send it in DMP-Motif.',
    rules: ['A8'],
  },
  'dossier-ferme': {
    answers: ['403 suppressed'],
    todo: 'The holder may reactivate it: `POST /Patient/[id]/$reactiver`.',
    rules: ['A12'],
  },
  'regulation-absente': {
    answers: ['403 forbidden'],
    todo: 'Ask for a token of the medical dispatch.',
    rules: ['A9'],
  },
  'representation-absente': {
    answers: ['403 forbidden'],
    todo: 'The administration writes representations; an aidant is named by the patient.',
    rules: ['P2'],
  },
  'dossier-ouvert': { answers: ['409 conflict'], todo: 'Nothing.', rules: ['A12'] },
  'choix-ouverture': {
    answers: ['422 business-rule'],
    todo: 'Use the operations that are named.',
    rules: ['A12'],
  },
  'choix-autre': {
    answers: ['422 business-rule'],
    todo: 'Make a new Consent for another category or person.',
    rules: ['A6'],
  },
  'structure-non-bloquable': { answers: ['422 business-rule'], todo: 'Name the person.', rules: ['A6'] },
  'acteur-bloque': {
    answers: ['409 conflict'],
    todo: 'The patient lifts the block first: Consent `blocage`, `status: inactive`.',
    rules: ['A3'],
  },
  'urgences-refusees': { answers: ['409 conflict'], todo: 'Allow an emergency access first.', rules: ['A7'] },
  'choix-trop-nombreux': { answers: ['409 conflict'], todo: 'End one of them first.', rules: ['A6'] },
  'deja-representant': { answers: ['409 conflict'], todo: 'Keep one of the two.', rules: ['P2'] },
  'aidants-trop-nombreux': { answers: ['409 conflict'], todo: 'End one of them first.', rules: ['P2'] },
  'aidant-de-trop-de-personnes': { answers: ['409 conflict'], todo: 'Name another aidant.', rules: ['P2'] },
  'document-deja-depose': {
    answers: ['409 conflict'],
    todo: 'Mask it, or have it deleted: an objection comes before the deposit.',
    rules: ['A13'],
  },
  'choix-en-secret': {
    answers: ['403 forbidden'],
    todo: 'Declare it with a token without the secret connection, once the minor knows that their representatives will read it; or, in an emergency, consult in `bris_de_glace`.',
    rules: ['V5'],
  },
  'equipe-incorrecte': {
    answers: ['422 business-rule'],
    todo: 'The cause says which element of the CareTeam is wrong: docs/api.md "CareTeam".',
    rules: ['A6'],
  },
  'equipe-des-autres': {
    answers: ['403 forbidden'],
    todo: 'Let the patient, or a member, write it.',
    rules: ['A5'],
  },
  inconnu: {
    answers: ['404 not-found'],
    todo: 'Look at the id. It may be that of something which the caller may not know of: both look the same.',
    rules: ['V7'],
  },
  supprime: { answers: ['410 deleted'], todo: 'Nothing; its history is there.' },
  'type-inconnu': { answers: ['404 not-found'], todo: 'Correct the type in the path.' },
  'corps-absent': { answers: ['400 required'], todo: 'Send the body.' },
  'encodage-invalide': { answers: ['400 structure'], todo: 'Send UTF-8, percent-encoded in a URL or form.' },
  'json-invalide': { answers: ['400 structure'], todo: 'Correct the JSON at the place that is named.' },
  'xml-invalide': {
    answers: ['400 structure'],
    todo: 'Correct the XML at the place that is named; DTDs and entities are not taken.',
  },
  'ordre-xml': { answers: ['400 structure'], todo: 'Put the elements into the order of FHIR.' },
  'type-inattendu': { answers: ['400 structure'], todo: 'Send the resource that this address takes.' },
  'parametre-inconnu': {
    answers: ['400 invalid', '400 not-supported'],
    todo: 'Take a parameter of those that are named, or send `Prefer: handling=lenient` to have it left out.',
  },
  'parametre-invalide': {
    answers: ['400 invalid', '400 value', '422 value'],
    todo: 'Write the value in the form that is named.',
  },
  'parametre-non-pris-en-charge': {
    answers: ['400 not-supported'],
    todo: 'The cause says what to use in its place.',
  },
  'modificateur-non-pris-en-charge': {
    answers: ['400 not-supported'],
    todo: 'Leave the modifier out; `GET /metadata` has those that are taken.',
  },
  'critere-absent': { answers: ['412 multiple-matches'], todo: 'Add a search parameter.' },
  'patient-requis': {
    answers: ['400 required'],
    todo: 'Add `patient`, or `patient.identifier` (by POST, so that the INS stays out of the URL).',
  },
  'recherche-trop-couteuse': {
    answers: ['400 too-costly'],
    todo: 'Ask for less: narrower criteria, fewer values, a smaller page.',
  },
  'curseur-invalide': {
    answers: ['400 invalid'],
    todo: 'Follow the link `next` of a page of your own; begin the search again.',
  },
  'non-pris-en-charge': {
    answers: ['400 invalid', '400 not-supported', '415 not-supported', '422 business-rule'],
    todo: 'Leave out what is named.',
  },
  'methode-non-permise': { answers: ['405 not-supported'], todo: '`Allow` has the methods of this address.' },
  'parametre-operation': {
    answers: ['400 not-supported'],
    todo: 'Take a parameter of those that are named.',
  },
  'format-demande': {
    answers: ['406 not-supported'],
    todo: 'Ask for FHIR JSON or XML; of a document’s bytes, for their own type or `*/*`.',
  },
  'format-envoye': {
    answers: ['415 not-supported', '422 business-rule'],
    todo: 'Send one of the formats that are named.',
  },
  'trop-long': {
    answers: ['400 invalid', '400 too-long', '413 too-long', '422 business-rule', '422 too-long'],
    todo: 'Send less: the text has the limit.',
  },
  'plage-impossible': {
    answers: ['416 invalid'],
    todo: 'Ask for a range within the size that `Content-Range` has.',
  },
  'parametre-requis': { answers: ['400 required'], todo: 'Add the parameter.' },
  'parametre-ignore': { answers: ['200 not-supported'], todo: 'Nothing; the rest of the search was done.' },
  'ins-systeme': {
    answers: ['422 value'],
    todo: 'Send the OID of the NIR or of the NIA; those for tests are taken outside production alone.',
    rules: ['I1'],
  },
  'ins-cle': {
    answers: ['422 value'],
    todo: 'Read the matricule again at the teleservice INSi; compute no key yourself.',
    rules: ['I1'],
  },
  'ins-non-qualifiee': {
    answers: ['422 business-rule'],
    todo: 'Qualify the identity (INSi, and a document of identity), and send the traits that are missing.',
    rules: ['I1'],
  },
  'traits-divergents': {
    answers: ['422 business-rule'],
    todo: 'Look whether it is the same person. If it is, the office that opens records corrects the traits.',
    rules: ['I3'],
  },
  'dossier-existant': {
    answers: ['409 duplicate'],
    todo: 'Use the record that there is: `GET /Patient?identifier=`.',
    rules: ['I2'],
  },
  'type-non-admis': {
    answers: ['422 code-invalid'],
    todo: 'Take a type of JDV_J66; docs/profiles.md says how code systems may be written.',
    rules: ['D5'],
  },
  'classe-incorrecte': {
    answers: ['422 business-rule'],
    todo: 'Send the class that is named, or none: it is derived.',
    rules: ['D5'],
  },
  'type-reserve': {
    answers: ['422 business-rule'],
    todo: 'Only the producer that the type is kept for deposits it.',
    rules: ['D7'],
  },
  'identifiant-unique-pris': {
    answers: ['409 duplicate'],
    todo: 'Give the document a new uniqueId; or, when it is a new version, send it with `relatesTo` replaces.',
    rules: ['D1'],
  },
  'empreinte-fausse': {
    answers: ['422 invalid'],
    todo: 'Compute the hash of the very bytes that are sent (before base64).',
    rules: ['D6'],
  },
  'taille-fausse': { answers: ['422 invalid'], todo: 'Send the number of the very bytes.', rules: ['D6'] },
  'contenu-absent': {
    answers: ['422 business-rule'],
    todo: 'Send the bytes in `attachment.data`, or a Binary with the fullUrl of `attachment.url`.',
    rules: ['D6'],
  },
  'contenu-inattendu': {
    answers: ['422 business-rule', '422 invalid'],
    todo: 'Send the bytes in the format that `contentType` says.',
    rules: ['D6'],
  },
  'cda-illisible': {
    answers: ['422 structure'],
    todo: 'Correct the XML of the CDA; DTDs and entities are not taken.',
    rules: ['D6'],
  },
  'cda-non-conforme': {
    answers: ['422 business-rule'],
    todo: 'Correct the element of the CDA header that is named.',
    rules: ['D6'],
  },
  'cda-contredit': {
    answers: ['422 business-rule'],
    todo: 'Make header and metadata say the same; or leave the metadata out (ITI-105, ITI-106).',
    rules: ['D6'],
  },
  'etiquettes-incompatibles': {
    answers: ['422 business-rule'],
    todo: 'Keep one of the two labels.',
    rules: ['V2'],
  },
  'etiquette-inconnue': {
    answers: ['422 code-invalid'],
    todo: 'Take one of the labels that are named.',
    rules: ['V1'],
  },
  'modification-non-permise': {
    answers: ['405 not-supported', '422 not-supported'],
    todo: 'Change these elements alone; for anything else deposit a new document with `relatesTo` replaces.',
  },
  'document-supprime': {
    answers: ['409 conflict'],
    todo: 'Nothing is to be done on it any more.',
    rules: ['D2', 'D3'],
  },
  'document-remplace': {
    answers: ['409 conflict'],
    todo: 'Look for the document that replaces it (`relatesto`), and replace that.',
    rules: ['D2'],
  },
  'etiquette-irreversible': { answers: ['422 business-rule'], todo: 'Leave the label out.', rules: ['V5'] },
  'etiquette-ambigue': {
    answers: ['422 business-rule'],
    todo: 'Name the label by its place, or replace the whole list.',
    rules: ['V1'],
  },
  'opposition-alimentation': {
    answers: ['409 conflict'],
    todo: 'Do not send it again: the patient has objected to this document.',
    rules: ['A13'],
  },
  'annonce-echue': {
    answers: ['422 business-rule'],
    todo: 'Leave the label INVISIBLE_PATIENT out.',
    rules: ['V4'],
  },
  'connexion-secrete': {
    answers: ['422 business-rule'],
    todo: 'Ask for a token without the secret connection.',
    rules: ['V5'],
  },
  'etiquette-imposee': {
    answers: ['200 informational', '201 informational'],
    todo: 'Nothing: the server says which label it has set, and by which rule.',
    rules: ['V5', 'V6'],
  },
  'etiquette-non-posee': {
    answers: ['200 business-rule'],
    todo: 'Set the label by `PATCH` (TD3.3a), as who may; the document is as visible as it was.',
    rules: ['D1'],
  },
  'assemblage-differe': {
    answers: ['422 not-supported'],
    todo: 'Send the content with its metadata.',
    rules: ['D6'],
  },
  'lot-existant': {
    answers: ['409 duplicate'],
    todo: 'Give the submission set a new uniqueId.',
    rules: ['D1'],
  },
  'depot-supprime': { answers: ['409 conflict'], todo: 'Give the document a new uniqueId.', rules: ['D1'] },
  'classeur-existant': { answers: ['409 duplicate'], todo: 'Add to the folder by PUT.', rules: ['D1'] },
  'classeur-retrait': {
    answers: ['422 not-supported'],
    todo: 'Repeat every document that you see in the folder.',
  },
  'destinataire-inconnu': {
    answers: ['200 not-found', '201 not-found'],
    todo: 'Nothing; send IDNPS or IDNST of the recipient next time.',
  },
  'patient-inchange': {
    answers: ['200 informational'],
    todo: 'Nothing; to change identity traits, the office that opens records does.',
    rules: ['I3'],
  },
  'remplacement-a-dire': {
    answers: ['422 business-rule'],
    todo: 'Add the `relatesTo` that is named.',
    rules: ['D2'],
  },
  'composition-contredite': {
    answers: ['422 business-rule'],
    todo: 'Make Composition and metadata say the same.',
    rules: ['D6'],
  },
  'metadonnees-indeductibles': {
    answers: ['422 not-supported'],
    todo: 'Deposit it with metadata (ITI-65, ITI-105).',
    rules: ['D6'],
  },
  'lot-incorrect': {
    answers: ['422 business-rule'],
    todo: 'The cause says which entry of the Bundle is wrong: docs/api.md "Lots".',
    rules: ['D1'],
  },
  'choix-incorrect': {
    answers: ['422 business-rule'],
    todo: 'The cause says which element of the Consent is wrong: docs/api.md "Consent".',
    rules: ['A6'],
  },
  'profil-inconnu': {
    answers: ['422 not-found', '422 not-supported'],
    todo: 'Nothing; or claim a profile that the server has (docs/profiles.md).',
  },
  'profil-type': { answers: ['422 structure'], todo: 'Send one of the types that are named.' },
  'profil-cardinalite': {
    answers: ['400 structure', '422 required', '422 structure'],
    todo: 'Add what is missing, take away what is too much.',
  },
  'profil-tranche': { answers: ['422 structure'], todo: 'Add or take away values of this slice.' },
  'profil-tranche-fermee': { answers: ['422 structure'], todo: 'Take the value away.' },
  'profil-ordre': { answers: ['422 structure'], todo: 'Put the values into the order of the slices.' },
  'profil-valeur-fixe': { answers: ['422 value'], todo: 'Send the value that is named.' },
  'profil-motif': { answers: ['422 value'], todo: 'Send a value that has what is named in it.' },
  'profil-cible': { answers: ['422 value'], todo: 'Refer to a resource that follows the profile.' },
  'profil-contenue': { answers: ['422 value'], todo: 'Put it into `contained`.' },
  'code-non-admis': {
    answers: ['422 code-invalid'],
    todo: 'Take a code of the value set; docs/profiles.md has where it is published.',
    rules: ['D5'],
  },
  'code-autre-systeme': {
    answers: ['422 code-invalid'],
    todo: 'Send the system that is named with the same code.',
  },
  'code-par-libelle': { answers: ['422 code-invalid'], todo: 'Send the code that is named.' },
  'code-mal-forme': { answers: ['422 code-invalid'], todo: 'Correct the code.' },
  'producteur-patient': { answers: ['422 code-invalid'], todo: 'Take a code of TRE_A00.' },
  'producteur-professionnel': { answers: ['422 code-invalid'], todo: 'Take another code of the value set.' },
  'profil-longueur': { answers: ['422 too-long'], todo: 'Make the text shorter.' },
  'aucun-defaut': { answers: ['200 informational'], todo: 'Nothing.' },
  'element-inconnu': {
    answers: ['400 structure', '422 structure'],
    todo: 'Take the element away, or correct its name; `expression` says where.',
  },
  'element-requis': {
    answers: ['400 required', '422 required', '422 business-rule'],
    todo: 'Add the element.',
  },
  cardinalite: { answers: ['400 invalid', '422 structure'], todo: 'Add or take away values.' },
  'valeur-invalide': {
    answers: ['400 invalid', '400 value', '422 business-rule', '422 duplicate', '422 value'],
    todo: 'Correct the value; the text says what its form is.',
  },
  'code-inconnu': { answers: ['422 code-invalid'], todo: 'Take a code of the value set.' },
  'type-attendu': {
    answers: ['422 value', '400 structure', '422 business-rule', '422 structure'],
    todo: 'Send the JSON type that the element has.',
  },
  'valeur-vide': { answers: ['400 structure', '422 structure'], todo: 'Leave the element out.' },
  'extension-incorrecte': { answers: ['422 structure'], todo: 'Keep either `value[x]` or `extension`.' },
  'reference-type': {
    answers: ['422 value'],
    todo: 'Refer to a resource of one of the types that are named.',
  },
  'recit-incorrect': {
    answers: ['422 value'],
    todo: 'Keep to the XHTML of FHIR: no scripts, no forms, no outside styles.',
  },
  'recit-sans-contenu': { answers: ['422 invariant'], todo: 'Put text into the div, or leave `text` out.' },
  'identifiant-seul': { answers: ['422 invariant'], todo: 'Add a value, or leave the element out.' },
  'extension-url': { answers: ['422 value'], todo: 'Write the whole URL of the extension.' },
  'contenue-en-double': {
    answers: ['422 duplicate'],
    todo: 'Give each contained resource an id of its own.',
  },
  'contenue-orpheline': { answers: ['422 invariant'], todo: 'Refer to it by `#id`, or take it away.' },
  invariant: {
    answers: ['422 invariant'],
    todo: 'The text has the rule in words: correct the resource by it.',
  },
  'reference-introuvable': {
    answers: ['422 business-rule', '422 not-found'],
    todo: 'Send what is referred to in the same Bundle, or refer to what is there and can be seen.',
  },
  'patch-forme': { answers: ['400 structure'], todo: 'Correct the operation with this index.' },
  'patch-chemin': {
    answers: ['400 invalid'],
    todo: 'Correct the path; docs/api.md "Documents after their deposit" has those that are taken.',
  },
  'patch-cible': {
    answers: ['422 business-rule'],
    todo: 'Read the resource again: the path no longer leads to one element.',
  },
  'patch-index': { answers: ['422 business-rule'], todo: 'Read the resource again: the list is shorter.' },
  'patch-existe': { answers: ['422 business-rule'], todo: 'Use `replace`.' },
  'patch-valeur': { answers: ['422 value'], todo: 'Send a value of the type that is named.' },
  'patch-test': {
    answers: ['422 business-rule'],
    todo: 'Read the resource again: it is not what the test expects.',
  },
  'patch-identite': { answers: ['422 business-rule'], todo: 'Leave resourceType and id out of the patch.' },
  'abonnement-sujet': { answers: ['422 business-rule'], todo: 'Send one of the topics.' },
  'abonnement-filtre': {
    answers: ['422 business-rule'],
    todo: 'Name the one record, in the form that is shown.',
  },
  'abonnement-canal': { answers: ['422 business-rule'], todo: 'Send what is named.' },
  'abonnement-adresse': {
    answers: ['422 business-rule'],
    todo: 'Ask the operator to list the host (`DMP_SUBSCRIPTION_HOSTS`).',
  },
  'abonnement-entete': { answers: ['422 business-rule'], todo: 'Correct the header.' },
  'abonnement-fin': { answers: ['422 business-rule'], todo: 'Send an `end` that lies ahead, or none.' },
  'abonnement-statut': { answers: ['422 business-rule'], todo: 'Send `requested` or `off`.' },
  'abonnement-mode': { answers: ['400 invalid'], todo: 'Ask in mode normal.', rules: ['A8'] },
  'abonnement-nombre': { answers: ['409 conflict'], todo: 'Delete one: `DELETE /Subscription/[id]`.' },
  'abonnement-urgence': { answers: ['403 forbidden'], todo: 'Only they subscribe to it.', rules: ['A10'] },
  'abonnement-immuable': { answers: ['409 conflict'], todo: 'Make another Subscription.' },
  'service-sans-consentement': {
    answers: ['403 forbidden'],
    todo: 'Ask the patient for a consent of category `service-tiers` that names the service and the purpose.',
    rules: ['S1'],
  },
  'service-lit': {
    answers: ['403 forbidden'],
    todo: 'Read what is opened, in mode normal; anything else is for others.',
    rules: ['S1'],
  },
  'message-incorrect': {
    answers: ['422 business-rule'],
    todo: 'The cause says which element of the Communication is wrong.',
    rules: ['M1'],
  },
  'message-document-cache': {
    answers: ['422 business-rule'],
    todo: 'Wait until the document is announced.',
    rules: ['M1'],
  },
  'messages-trop-nombreux': {
    answers: ['409 conflict'],
    todo: 'Wait until some of them were read.',
    rules: ['M1'],
  },
  'message-destinataire': { answers: ['403 forbidden'], todo: 'Let the recipient do it.', rules: ['M2'] },
  'message-immuable': { answers: ['422 business-rule'], todo: 'Send a new message.', rules: ['M2'] },
  'identifiant-pris': { answers: ['409 duplicate'], todo: 'Take another identifier.' },
  'rendez-vous-incorrect': {
    answers: ['422 business-rule'],
    todo: 'The cause says which element of the Appointment is wrong.',
    rules: ['R1'],
  },
  'rendez-vous-clos': { answers: ['409 conflict'], todo: 'Put in another one.', rules: ['R1'] },
  'id-divergent': { answers: ['400 structure', '400 value'], todo: 'Make both ids the same.' },
  'ressource-partielle': {
    answers: ['422 business-rule'],
    todo: 'Read the whole resource (without `_summary`, `_elements`), then change it.',
  },
  'creation-par-id': { answers: ['405 not-supported'], todo: 'Create it by POST.' },
  'condition-divergente': { answers: ['409 conflict'], todo: 'Correct the condition or the id.' },
  'correspondances-multiples': {
    answers: ['412 multiple-matches'],
    todo: 'Add criteria until one resource meets them.',
  },
  'ressource-existante': { answers: ['412 conflict'], todo: 'Read what is there.' },
  'ressource-en-double': { answers: ['400 duplicate'], todo: 'Keep one entry for each resource.' },
  'reference-conditionnelle': {
    answers: ['412 multiple-matches'],
    todo: 'Make the criteria lead to one resource.',
  },
  'ressource-enregistree': { answers: ['200 informational'], todo: 'Nothing.' },
  'ressource-inchangee': { answers: ['200 informational'], todo: 'Nothing.' },
  'ressource-effacee': { answers: ['200 informational'], todo: 'Nothing.' },
  'ressource-absente': { answers: ['200 informational'], todo: 'Nothing.' },
  'version-perimee': {
    answers: ['412 conflict'],
    todo: 'Read it again, and repeat the change on what it is now, with its ETag in If-Match.',
  },
  'conflit-concurrent': { answers: ['409 conflict', '503 transient'], todo: 'Send the same request again.' },
  'periode-mois-entier': { answers: ['400 invalid'], todo: 'Send both ends of one month.' },
  'trop-de-requetes': {
    answers: ['429 throttled'],
    todo: 'Wait for the seconds of Retry-After; watch `RateLimit`.',
  },
  surcharge: {
    answers: ['503 transient'],
    todo: 'Wait for the seconds of Retry-After, and send the same request again.',
  },
  'trace-impossible': {
    answers: ['503 transient'],
    todo: 'Wait, and send it again: nothing was answered, as nothing could be traced.',
    rules: ['T2'],
  },
  indisponible: {
    answers: ['503 transient'],
    todo: 'Wait for the seconds of Retry-After; a deposit may be sent again safely.',
  },
  interne: { answers: ['500 exception'], todo: 'Tell the operator X-Request-Id.' },
  'sceau-absent': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'sceau-altere': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'cle-inconnue': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'metadonnees-alterees': {
    answers: ['$verify'],
    todo: 'Do not rely on this version; tell the operator.',
    rules: ['D8'],
  },
  'texte-altere': {
    answers: ['$verify'],
    todo: 'Do not rely on this version; tell the operator.',
    rules: ['D8'],
  },
  'version-absente': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'chaine-rompue': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'contenu-altere': {
    answers: ['$verify'],
    todo: 'Do not rely on these bytes; tell the operator.',
    rules: ['D8'],
  },
  'contenu-illisible': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'colonnes-alterees': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'lot-altere': { answers: ['$verify'], todo: 'Tell the operator: docs/seal.md.', rules: ['D8'] },
  'verdict-altere': {
    answers: ['$verify'],
    todo: 'Do not rely on the verdict on the signature; tell the operator.',
    rules: ['D8'],
  },
  'signature-invalide': {
    answers: ['422 invalid'],
    todo: 'Sign the document again, as it is sent, or send it without a signature.',
    rules: ['D8'],
  },
  'jeu-inconnu': {
    answers: ['404 not-found'],
    todo: 'Send the value set itself, or a URL that the server has.',
  },
  'jeu-incorrect': { answers: ['422 invariant'], todo: 'Correct the value set.' },
  'jeu-cyclique': { answers: ['422 business-rule'], todo: 'Take the inclusion of itself away.' },
  'systeme-inconnu': {
    answers: ['404 not-found', '422 not-found'],
    todo: 'Send the code system, or ask another server for it.',
  },
  'filtre-non-pris-en-charge': {
    answers: ['422 not-supported'],
    todo: 'Use another filter, or list the codes.',
  },
  'expansion-trop-couteuse': {
    answers: ['422 too-costly'],
    todo: 'Ask for pages (`count`, `offset`) or a narrower filter.',
  },
  'code-hors-systeme': { answers: ['404 not-found'], todo: 'Correct the code, or its system.' },
  'code-hors-jeu': { answers: ['200 code-invalid'], todo: 'Take another code.' },
  'code-abstrait': { answers: ['200 code-invalid'], todo: 'Take one of the codes below it.' },
  'code-inactif': { answers: ['200 code-invalid'], todo: 'Take the code that has replaced it.' },
  'libelle-different': { answers: ['200 code-invalid'], todo: 'Send the display that is named, or none.' },
} as const satisfies Readonly<Record<ErrorCode, Facts>>
