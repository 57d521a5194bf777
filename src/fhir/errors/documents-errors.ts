/** Documents of a record: rules D1 to D8 of docs/policy.md. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const documentsErrors = {
  'type-non-admis': {
    fr: '{code} n’est pas un type de document du DMP : prenez un code de JDV_J66 ({version})',
    en: '{code} is not a document type of the DMP: take a code of JDV_J66 ({version})',
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
    fr: 'Les octets reçus ne sont pas du type annoncé ({contentType}) : corrigez contentType, ou envoyez les bons octets',
    en: 'The bytes received are not of the type that is announced ({contentType}): correct contentType, or send the right bytes',
  },
  'cda-illisible': { fr: 'CDA illisible : {cause}', en: 'CDA not readable: {cause}' },
  'cda-non-conforme': {
    fr: 'L’en-tête du CDA ne suit pas le CI-SIS (structuration minimale), corrigez-le : {at} ({demands})',
    en: 'The CDA header does not follow CI-SIS (structuration minimale), correct it: {at} ({demands})',
  },
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
  'modification-non-permise': {
    fr: 'Seuls status (entered-in-error), securityLabel et isArchived d’un document se modifient, pas {name}',
    en: 'Only status (entered-in-error), securityLabel and isArchived of a document can be changed, not {name}',
  },
  'document-supprime': {
    fr: 'Ce document est supprimé (entered-in-error) : il ne se modifie ni ne se remplace plus',
    en: 'This document is deleted (entered-in-error): it can no longer be changed or replaced',
  },
  'document-remplace': {
    fr: 'Ce document est déjà remplacé (superseded) : remplacez celui qui le remplace',
    en: 'This document is replaced already (superseded): replace the one that replaces it',
  },
  'etiquette-irreversible': {
    fr: 'Un document déjà visible des représentants légaux ne peut plus leur être caché',
    en: 'A document that legal representatives could see cannot be hidden from them any more',
  },
  'etiquette-ambigue': {
    fr: 'Plusieurs étiquettes sont posées : désignez celle à retirer, ou donnez la liste entière',
    en: 'Several labels are set: name the one to take away, or give the whole list',
  },
  'opposition-alimentation': {
    fr: 'Le patient s’est opposé à l’alimentation de son dossier par ce document',
    en: 'The patient has objected to this document being put in the record',
  },
  'annonce-echue': {
    fr: 'Un document déposé depuis plus d’un mois ne peut plus être caché au patient',
    en: 'A document deposited more than a month ago can no longer be hidden from the patient',
  },
  'connexion-secrete': {
    fr: 'La connexion secrète ne sert que dans le dossier d’une personne mineure',
    en: 'A secret connection is for the record of a minor only',
  },
  'etiquette-imposee': {
    fr: 'Étiquette posée par le serveur : {label}',
    en: 'Label set by the server: {label}',
  },
  'etiquette-non-posee': {
    fr: 'Ce document était déjà dans le dossier, sans l’étiquette {label} : la renvoyer ne la pose pas. Posez-la par PATCH (TD3.3a)',
    en: 'This document was in the record already, without the label {label}: sending it again does not set it. Set it by PATCH (TD3.3a)',
  },
  'assemblage-differe': {
    fr: 'L’assemblage différé (taille 0 et empreinte du contenu vide) n’est pas pris en charge : envoyez le contenu',
    en: 'Delayed assembly (size 0 and the hash of empty content) is not supported: send the content',
  },
  'lot-existant': {
    fr: 'Un autre lot de ce dossier porte déjà cet identifiant (uniqueId), avec d’autres documents ou classeurs : donnez-en un nouveau à ce lot, rien n’a été enregistré',
    en: 'Another submission of this record already has this identifier (uniqueId), with other documents or folders: give this one a new one, nothing was stored',
  },
  'depot-supprime': {
    fr: 'Ce document a été déposé puis supprimé de ce dossier (entered-in-error) : pour le déposer de nouveau, donnez-lui un nouveau masterIdentifier',
    en: 'This document was deposited, then deleted from this record (entered-in-error): to deposit it again, give it a new masterIdentifier',
  },
  'classeur-existant': {
    fr: 'Un classeur (folder) de ce dossier porte déjà cet identifiant : ajoutez-y vos documents par PUT List/[id] ou PUT List?identifier=…',
    en: 'A folder of this record already has this identifier: add your documents to it by PUT List/[id] or PUT List?identifier=…',
  },
  'classeur-retrait': {
    fr: 'Un document ne se retire pas d’un classeur : reprenez aussi {document} dans entry',
    en: 'A document is not taken out of a folder: name {document} in entry too',
  },
  'destinataire-inconnu': {
    fr: 'Destinataire sans identifiant national connu (UnknownRecipient) : il est conservé, et personne n’est prévenu',
    en: 'Recipient without a known national identifier (UnknownRecipient): it is kept, and nobody is told',
  },
  'patient-inchange': {
    fr: 'Le Patient du lot désigne le dossier ; rien de lui n’est enregistré',
    en: 'The Patient of the submission names the record; nothing of it is stored',
  },
  'remplacement-a-dire': {
    fr: 'Le CDA annonce qu’il remplace (RPLC) un document de ce dossier : ajoutez relatesTo, code replaces, target {document}',
    en: 'The CDA says that it replaces (RPLC) a document of this record: add relatesTo, code replaces, target {document}',
  },
  'composition-contredite': {
    fr: 'La Composition du document contredit les métadonnées : {what}',
    en: 'The Composition of the document contradicts the metadata: {what}',
  },
  'metadonnees-indeductibles': {
    fr: 'Les métadonnées ne se déduisent que d’un CDA (XML) ou d’un document FHIR, pas de {contentType} : déposez-le par ITI-65 ou ITI-105, avec ses métadonnées',
    en: 'Metadata can be derived from a CDA (XML) or a FHIR document only, not from {contentType}: deposit it by ITI-65 or ITI-105, with its metadata',
  },
  'lot-incorrect': { fr: 'Lot de soumission incorrect : {cause}', en: 'Submission not correct: {cause}' },
  'choix-incorrect': {
    fr: 'Choix du patient incorrect : {cause}',
    en: 'Choice of the patient not correct: {cause}',
  },
} as const satisfies Record<string, Wording>
