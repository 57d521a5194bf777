/**
 * Every error this server can answer, in French and English, with what to do about it: the CodeSystem
 * `https://dmp-fhir.example/CodeSystem/erreur`. Braces name parameters. A code, once published, keeps its meaning.
 */
export const ERROR_SYSTEM = 'https://dmp-fhir.example/CodeSystem/erreur'
export const RULE_SYSTEM = 'https://dmp-fhir.example/CodeSystem/regle'

type Wording = { readonly fr: string; readonly en: string }

export const errorCatalogue = {
  // Identity of the caller
  'jeton-absent': {
    fr: "Cette requête demande un jeton d'accès : envoyez l'en-tête Authorization: Bearer …",
    en: 'This request needs an access token: send the header Authorization: Bearer …',
  },
  'jeton-invalide': {
    fr: "Le jeton d'accès n'est pas accepté : {cause}",
    en: 'The access token is not accepted: {cause}',
  },
  'jeton-expire': {
    fr: "Le jeton d'accès a expiré : demandez-en un nouveau",
    en: 'The access token has expired: ask for a new one',
  },
  'certificat-non-lie': {
    fr: "Le jeton d'accès est lié à un autre certificat que celui de la connexion",
    en: 'The access token is bound to another certificate than the one of this connection',
  },
  'portee-insuffisante': {
    fr: 'La portée (scope) du jeton ne couvre pas {need}',
    en: 'The scope of the token does not cover {need}',
  },
  'mode-acces-invalide': {
    fr: "DMP-Mode-Acces doit valoir normal, bris_de_glace ou centre_15, et s'accorder avec le jeton",
    en: 'DMP-Mode-Acces must be normal, bris_de_glace or centre_15, and agree with the token',
  },
  // Policy
  'droit-fonctionnel': {
    fr: 'Le droit {right} ({name}) est refusé à {actor} en mode {mode}',
    en: 'The right {right} ({name}) is refused to {actor} in mode {mode}',
  },
  'autorisation-absente': {
    fr: "Ce dossier ne vous autorise pas : recueillez l'accord du patient, puis déclarez votre autorisation (TD0.3)",
    en: 'This record does not authorise you: obtain the consent of the patient, then declare your authorisation (TD0.3)',
  },
  'autorisation-expiree': {
    fr: 'Votre autorisation sur ce dossier a expiré : recueillez de nouveau l’accord du patient',
    en: 'Your authorisation on this record has expired: obtain the consent of the patient again',
  },
  'professionnel-bloque': {
    fr: 'Le patient a bloqué votre accès à ce dossier',
    en: 'The patient has blocked your access to this record',
  },
  'opposition-bris-de-glace': {
    fr: "Le patient s'est opposé à l'accès en bris de glace",
    en: 'The patient has objected to bris de glace (emergency) access',
  },
  'opposition-centre-15': {
    fr: "Le patient s'est opposé à l'accès du centre 15",
    en: 'The patient has objected to access by centre 15 (emergency call centre)',
  },
  'motif-absent': {
    fr: 'Ce mode d’accès demande un motif de 10 à 500 caractères dans DMP-Motif (UTF-8 encodé en pour-cent)',
    en: 'This access mode needs a motive of 10 to 500 characters in DMP-Motif (percent-encoded UTF-8)',
  },
  'dossier-ferme': {
    fr: 'Ce dossier est fermé ; seul son titulaire peut le réactiver',
    en: 'This record is closed; only its holder can reactivate it',
  },
  inconnu: { fr: 'Aucune ressource de ce nom', en: 'No such resource' },
  supprime: { fr: 'Cette ressource a été supprimée', en: 'This resource was deleted' },
  'type-inconnu': {
    fr: '{type} n’est pas un type de ressource FHIR R4',
    en: '{type} is not a resource type of FHIR R4',
  },
  'aucun-defaut': { fr: 'Aucun défaut trouvé', en: 'No fault found' },
  // Form of the request
  'corps-absent': { fr: 'Cette requête demande un corps', en: 'This request needs a body' },
  'encodage-invalide': {
    fr: 'Le corps n’est pas de l’UTF-8 correct',
    en: 'The body is not correct UTF-8',
  },
  'json-invalide': {
    fr: "Le corps n'est pas du JSON correct : {cause}",
    en: 'The body is not correct JSON: {cause}',
  },
  'xml-invalide': {
    fr: "Le corps n'est pas du XML FHIR correct : {cause}",
    en: 'The body is not correct FHIR XML: {cause}',
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
    fr: '{method} n’est pas permis sur {what}',
    en: '{method} is not allowed on {what}',
  },
  'parametre-operation': {
    fr: 'Paramètre inconnu de cette opération : {name}. Connus : {known}',
    en: 'Parameter unknown to this operation: {name}. Known: {known}',
  },
  // Patches: {index} counts the operations from 0
  'patch-forme': {
    fr: 'Opération [{index}] du patch : {what} attendu',
    en: 'Operation [{index}] of the patch: {what} expected',
  },
  'patch-chemin': {
    fr: 'Opération [{index}] du patch : chemin incorrect ou non pris en charge',
    en: 'Operation [{index}] of the patch: path not correct or not supported',
  },
  'patch-cible': {
    fr: 'Opération [{index}] du patch : le chemin mène à {found} élément(s), {expected} attendu',
    en: 'Operation [{index}] of the patch: the path leads to {found} element(s), {expected} expected',
  },
  'patch-index': {
    fr: 'Opération [{index}] du patch : position hors de la liste, de 0 à {last} attendue',
    en: 'Operation [{index}] of the patch: position outside of the list, 0 to {last} expected',
  },
  'patch-existe': {
    fr: 'Opération [{index}] du patch : {name} a déjà une valeur et n’en admet qu’une ; remplacez-la',
    en: 'Operation [{index}] of the patch: {name} has a value already and takes only one; replace it',
  },
  'patch-valeur': {
    fr: 'Opération [{index}] du patch : {given} donné pour {name}, {expected} attendu',
    en: 'Operation [{index}] of the patch: {given} given for {name}, {expected} expected',
  },
  'patch-test': {
    fr: 'Opération [{index}] du patch : le test échoue, rien n’a été modifié',
    en: 'Operation [{index}] of the patch: the test fails, nothing was changed',
  },
  'patch-identite': {
    fr: 'Un patch ne change ni resourceType ni id : {name}',
    en: 'A patch changes neither resourceType nor id: {name}',
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
  // Content of resources
  'element-inconnu': {
    fr: 'Élément inconnu de {type} : {name}',
    en: 'Element unknown to {type}: {name}',
  },
  'element-requis': { fr: 'Élément obligatoire absent : {name}', en: 'Mandatory element missing: {name}' },
  cardinalite: {
    fr: '{name} : {min} à {max} valeurs attendues',
    en: '{name}: {min} to {max} values expected',
  },
  'valeur-invalide': {
    fr: 'Valeur incorrecte pour {name} : {cause}',
    en: 'Value not correct for {name}: {cause}',
  },
  'code-inconnu': {
    fr: '{name} : ce code n’est pas de {valueSet}',
    en: '{name}: this code is not in {valueSet}',
  },
  'type-attendu': { fr: '{name} : {datatype} attendu', en: '{name}: {datatype} expected' },
  'valeur-vide': {
    fr: '{name} : ni objet, ni tableau, ni texte vide',
    en: '{name}: no empty object, array or text',
  },
  'extension-incorrecte': {
    fr: '{name} : une extension a soit une valeur, soit des extensions',
    en: '{name}: an extension has either a value or extensions',
  },
  'reference-type': {
    fr: '{name} : la référence doit mener à {expected}',
    en: '{name}: the reference must lead to {expected}',
  },
  'recit-incorrect': {
    fr: '{name} : XHTML de présentation seulement, dans un div',
    en: '{name}: XHTML for display only, in one div',
  },
  'recit-sans-contenu': {
    fr: '{name} : le récit doit contenir un texte ou une image (txt-2)',
    en: '{name}: the narrative must contain text or an image (txt-2)',
  },
  'identifiant-seul': {
    fr: '{name} : un id seul ne suffit pas, il faut une valeur ou une extension (ele-1)',
    en: '{name}: an id alone is not enough, a value or an extension is needed (ele-1)',
  },
  'extension-url': {
    fr: "{name} : l'url d'une extension est absolue, sauf dans une autre extension",
    en: '{name}: the url of an extension is absolute, except inside another extension',
  },
  'contenue-en-double': {
    fr: '{name} : une autre ressource contenue porte déjà cet id',
    en: '{name}: another contained resource has this id already',
  },
  'contenue-orpheline': {
    fr: '{name} : rien ne renvoie à cette ressource contenue (dom-3) : ajoutez une référence, ou retirez-la',
    en: '{name}: nothing refers to this contained resource (dom-3): add a reference, or remove it',
  },
  invariant: {
    fr: '{name} : la règle {key} n’est pas respectée. {human}',
    en: '{name}: rule {key} does not hold. {human}',
  },
  'profil-inconnu': {
    fr: '{name} : ce profil n’est pas connu de ce serveur, il n’a pas été vérifié',
    en: '{name}: this profile is not known to this server, it was not checked',
  },
  'profil-type': {
    fr: '{name} : le profil {profile} n’admet ici que {expected}',
    en: '{name}: profile {profile} takes only {expected} here',
  },
  'profil-cardinalite': {
    fr: '{name} : le profil {profile} attend de {min} à {max} valeurs',
    en: '{name}: profile {profile} expects {min} to {max} values',
  },
  'profil-tranche': {
    fr: '{name} : le profil {profile} attend de {min} à {max} valeurs pour « {slice} »',
    en: '{name}: profile {profile} expects {min} to {max} values for “{slice}”',
  },
  'profil-tranche-fermee': {
    fr: '{name} : le profil {profile} n’admet ici que {expected}',
    en: '{name}: profile {profile} takes nothing but {expected} here',
  },
  'profil-ordre': {
    fr: '{name} : le profil {profile} impose un ordre, cette valeur vient trop tard',
    en: '{name}: profile {profile} demands an order, this value comes too late',
  },
  'profil-valeur-fixe': {
    fr: '{name} : le profil {profile} fixe la valeur {expected}',
    en: '{name}: profile {profile} fixes the value {expected}',
  },
  'profil-motif': {
    fr: '{name} : le profil {profile} demande que la valeur contienne {expected}',
    en: '{name}: profile {profile} demands that the value contains {expected}',
  },
  'profil-cible': {
    fr: '{name} : la cible de la référence ne suit aucun des profils attendus ({expected})',
    en: '{name}: the target of the reference follows none of the expected profiles ({expected})',
  },
  'profil-longueur': {
    fr: '{name} : le profil {profile} limite la longueur à {max} caractères',
    en: '{name}: profile {profile} limits the length to {max} characters',
  },
  'reference-introuvable': {
    fr: '{name} : la référence ne mène à rien dans ce lot ni sur ce serveur',
    en: '{name}: the reference leads to nothing in this bundle or on this server',
  },
  // Identity of the patient (rules I1 to I3)
  'ins-systeme': {
    fr: "L'identifiant du patient doit être un INS : système urn:oid:1.2.250.1.213.1.4.8 (NIR) ou .9 (NIA){test}",
    en: 'The patient identifier must be an INS: system urn:oid:1.2.250.1.213.1.4.8 (NIR) or .9 (NIA){test}',
  },
  'ins-cle': {
    fr: 'Matricule INS incorrect : 13 caractères et une clé de 2 chiffres, clé = 97 − (nombre mod 97), 2A → 19, 2B → 18',
    en: 'INS matricule not correct: 13 characters and a key of 2 digits, key = 97 − (number mod 97), 2A → 19, 2B → 18',
  },
  'ins-non-qualifiee': {
    fr: "L'identité n'est pas qualifiée : {missing}",
    en: 'The identity is not qualified: {missing}',
  },
  'traits-divergents': {
    fr: "Les traits envoyés diffèrent de ceux du dossier : {traits}. Vérifiez l'identité ; rien n'a été enregistré",
    en: 'The traits sent differ from those of the record: {traits}. Check the identity; nothing was stored',
  },
  'dossier-existant': {
    fr: 'Un dossier existe déjà pour cette identité',
    en: 'A record already exists for this identity',
  },
  // Documents (rules D1 to D8)
  'type-non-admis': {
    fr: '{code} n’est pas un type de document du DMP (JDV_J66)',
    en: '{code} is not a document type of the DMP (JDV_J66)',
  },
  'classe-incorrecte': {
    fr: 'La classe du type {type} est {expected} (ASS_X16), pas {given}',
    en: 'The class of type {type} is {expected} (ASS_X16), not {given}',
  },
  'type-reserve': {
    fr: 'Le type {type} ne peut être déposé par vous (patient, Assurance Maladie ou médecin de l’équipe de soins)',
    en: 'Type {type} is not yours to deposit (patient, Assurance Maladie or doctor of the care team)',
  },
  'identifiant-unique-pris': {
    fr: 'Un autre document de ce dossier porte déjà ce masterIdentifier (uniqueId), avec un contenu différent',
    en: 'Another document of this record already has this masterIdentifier (uniqueId), with other content',
  },
  'empreinte-fausse': {
    fr: 'L’empreinte {algorithm} annoncée n’est pas celle du contenu reçu',
    en: 'The announced {algorithm} hash is not that of the content received',
  },
  'taille-fausse': {
    fr: 'Taille annoncée : {announced} octets ; reçus : {received}',
    en: 'Announced size: {announced} bytes; received: {received}',
  },
  'contenu-absent': { fr: 'Le contenu du document manque', en: 'The content of the document is missing' },
  'contenu-inattendu': {
    fr: 'Les octets reçus ne sont pas du {contentType}',
    en: 'The bytes received are not {contentType}',
  },
  'cda-illisible': { fr: 'CDA illisible : {cause}', en: 'CDA not readable: {cause}' },
  'cda-contredit': {
    fr: 'L’en-tête du CDA contredit les métadonnées : {what}',
    en: 'The CDA header contradicts the metadata: {what}',
  },
  'etiquettes-incompatibles': {
    fr: 'MASQUE_PS et INVISIBLE_PATIENT s’excluent',
    en: 'MASQUE_PS and INVISIBLE_PATIENT exclude each other',
  },
  'etiquette-inconnue': {
    fr: 'Étiquette inconnue du DMP (JDV_J58) : N, R, V, MASQUE_PS, INVISIBLE_PATIENT ou INVISIBLE_REPRESENTANTS_LEGAUX',
    en: 'Label unknown to the DMP (JDV_J58): N, R, V, MASQUE_PS, INVISIBLE_PATIENT or INVISIBLE_REPRESENTANTS_LEGAUX',
  },
  'assemblage-differe': {
    fr: 'L’assemblage différé (taille 0 et empreinte du contenu vide) n’est pas pris en charge : envoyez le contenu',
    en: 'Delayed assembly (size 0 and the hash of empty content) is not supported: send the content',
  },
  'lot-incorrect': { fr: 'Lot de soumission incorrect : {cause}', en: 'Submission not correct: {cause}' },
  'choix-incorrect': {
    fr: 'Choix du patient incorrect : {cause}',
    en: 'Choice of the patient not correct: {cause}',
  },
  // Terminology
  'parametre-requis': {
    fr: 'Paramètre obligatoire absent : {name}',
    en: 'Mandatory parameter missing: {name}',
  },
  'jeu-inconnu': {
    fr: 'Jeu de valeurs inconnu de ce serveur : {valueSet}',
    en: 'Value set unknown to this server: {valueSet}',
  },
  'jeu-incorrect': {
    fr: 'Jeu de valeurs incorrect : il contredit {rule}',
    en: 'Value set not correct: it contradicts {rule}',
  },
  'jeu-cyclique': { fr: 'Ce jeu de valeurs s’inclut lui-même', en: 'This value set includes itself' },
  'systeme-inconnu': {
    fr: 'Le système de codes {system} n’est pas chargé ici, ou pas en entier : sans lui, pas de réponse sûre',
    en: 'The code system {system} is not loaded here, or not wholly: without it there is no safe answer',
  },
  'filtre-non-pris-en-charge': {
    fr: 'Ce filtre du jeu de valeurs n’est pas compris : {filter}',
    en: 'This filter of the value set is not understood: {filter}',
  },
  'expansion-trop-couteuse': {
    fr: 'Expansion trop coûteuse : demandez moins de {limit} codes, par count et offset, ou un filtre plus étroit',
    en: 'Expansion too costly: ask for less than {limit} codes, by count and offset, or a narrower filter',
  },
  'code-hors-systeme': {
    fr: 'Le code {code} n’est pas du système {system}',
    en: 'Code {code} is not of the system {system}',
  },
  'code-hors-jeu': {
    fr: 'Le code {code} du système {system} n’est pas de {valueSet}',
    en: 'Code {code} of the system {system} is not in {valueSet}',
  },
  'code-abstrait': {
    fr: 'Le code {code} est abstrait : un regroupement, pas une valeur',
    en: 'Code {code} is abstract: a group, not a value',
  },
  'code-inactif': { fr: 'Le code {code} n’est plus actif', en: 'Code {code} is no longer active' },
  'libelle-different': {
    fr: 'Ce libellé n’est pas du code {code} ; attendu : {display}',
    en: 'This display is not of code {code}; expected: {display}',
  },
  // Writes, batches and transactions
  'id-divergent': {
    fr: 'L’id du corps n’est pas celui de la ressource visée : ils doivent être égaux',
    en: 'The id in the body is not that of the resource addressed: they must be equal',
  },
  'creation-par-id': {
    fr: 'Ce serveur choisit lui-même les id : créez la ressource par POST',
    en: 'This server chooses ids itself: create the resource by POST',
  },
  'condition-divergente': {
    fr: 'La ressource de cet id existe et ne répond pas à la condition : corrigez l’un ou l’autre',
    en: 'The resource of this id exists and does not meet the condition: correct one or the other',
  },
  'correspondances-multiples': {
    fr: 'Plusieurs ressources répondent à la condition : précisez-la',
    en: 'Several resources meet the condition: make it more precise',
  },
  'ressource-existante': {
    fr: 'La ressource existe déjà, et If-None-Match la voulait absente',
    en: 'The resource exists already, and If-None-Match wanted none',
  },
  'ressource-en-double': {
    fr: 'Plusieurs entrées de la transaction visent la même ressource',
    en: 'Several entries of the transaction address the same resource',
  },
  'reference-conditionnelle': {
    fr: '{name} : la référence conditionnelle mène à {found} ressource(s), une attendue',
    en: '{name}: the conditional reference leads to {found} resource(s), one expected',
  },
  'ressource-enregistree': {
    fr: 'Ressource enregistrée, version {version}',
    en: 'Resource stored, version {version}',
  },
  'ressource-inchangee': {
    fr: 'Rien à changer, la version {version} reste en vigueur',
    en: 'Nothing to change, version {version} stays current',
  },
  'ressource-effacee': { fr: 'Ressource supprimée', en: 'Resource deleted' },
  'ressource-absente': { fr: 'Aucune ressource à supprimer', en: 'No resource to delete' },
  // Concurrency and operation
  'version-perimee': {
    fr: 'La ressource a changé entre-temps : relisez-la, puis recommencez',
    en: 'The resource has changed meanwhile: read it again, then retry',
  },
  'conflit-concurrent': {
    fr: 'Une autre requête modifiait le même dossier : recommencez, rien n’a été enregistré',
    en: 'Another request was changing the same record: retry, nothing was stored',
  },
  'trop-de-requetes': {
    fr: 'Trop de requêtes : réessayez plus tard',
    en: 'Too many requests: try again later',
  },
  'trace-impossible': {
    fr: 'La trace ne peut être écrite, donc aucune réponse : réessayez plus tard',
    en: 'The trace cannot be written, hence no answer: try again later',
  },
  indisponible: {
    fr: 'Service momentanément indisponible : réessayez plus tard',
    en: 'Service unavailable for the moment: try again later',
  },
  interne: {
    fr: 'Erreur interne. Communiquez X-Request-Id au support',
    en: 'Internal error. Give X-Request-Id to the support',
  },
  'parametre-ignore': { fr: 'Paramètre ignoré : {name}', en: 'Parameter ignored: {name}' },
} as const satisfies Record<string, Wording>

export type ErrorCode = keyof typeof errorCatalogue
export type Language = 'fr' | 'en'

/** The text of an error, its parameters filled in. An unknown brace stays as it is: visible, and harmless. */
export function wording(
  error: ErrorCode,
  language: Language,
  params: Readonly<Record<string, string | number>> = {},
): string {
  return errorCatalogue[error][language].replace(/\{(\w+)\}/g, (brace, name: string) =>
    name in params ? String(params[name]) : brace,
  )
}
