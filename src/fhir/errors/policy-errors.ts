/** What docs/policy.md refuses. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const policyErrors = {
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
  'regulation-absente': {
    fr: 'Le mode centre 15 demande un jeton de la régulation médicale (Acces_Regulation_Medicale = VRAI).',
    en: 'Mode centre_15 needs a token of the medical dispatch (Acces_Regulation_Medicale = VRAI).',
  },
  'representation-absente': {
    fr: 'Aucune représentation en cours ne vous permet d’agir pour le titulaire de ce dossier.',
    en: 'No representation in force lets you act for the holder of this record.',
  },
  'dossier-ouvert': {
    fr: 'Le dossier est ouvert : il n’y a rien à réactiver.',
    en: 'The record is open: there is nothing to reactivate.',
  },
  'choix-ouverture': {
    fr: 'L’ouverture du dossier se change par Patient/$ouvrir, $fermer et $reactiver, non par un Consent',
    en: 'The opening of the record is changed by Patient/$ouvrir, $fermer and $reactiver, not by a Consent',
  },
  'choix-autre': {
    fr: 'Ce Consent est un autre choix : catégorie et personne nommée ne changent pas ; faites un nouveau Consent',
    en: 'This Consent is another choice: category and person named do not change; make a new Consent',
  },
  'structure-non-bloquable': {
    fr: 'Seule une personne peut être bloquée, jamais une structure',
    en: 'Only a person can be blocked, never a structure',
  },
  'acteur-bloque': {
    fr: 'Le patient a bloqué ce professionnel : levez d’abord le blocage',
    en: 'The patient has blocked this professional: lift the block first',
  },
  'urgences-refusees': {
    fr: 'Les deux accès d’urgence sont refusés : les documents masqués n’y sont pas consultables',
    en: 'Both emergency accesses are denied: masked documents cannot be read in them',
  },
  'choix-trop-nombreux': {
    fr: 'Au plus {limit} choix de cette sorte dans un dossier',
    en: 'At most {limit} choices of this kind in a record',
  },
  'deja-representant': {
    fr: 'Cette personne est déjà représentant légal ou aidant dans ce dossier, et ne peut être les deux',
    en: 'This person is already a legal representative or an aidant in this record, and cannot be both',
  },
  'aidants-trop-nombreux': {
    fr: 'Un patient a au plus {limit} aidants',
    en: 'A patient has at most {limit} aidants',
  },
  'aidant-de-trop-de-personnes': {
    fr: 'Un aidant aide au plus {limit} personnes',
    en: 'An aidant helps at most {limit} persons',
  },
  'document-deja-depose': {
    fr: 'Ce document est déjà dans le dossier : une opposition à l’alimentation vient avant le dépôt',
    en: 'This document is in the record already: an objection to feeding comes before the deposit',
  },
  'choix-en-secret': {
    fr: 'Les représentants légaux lisent les choix du patient : aucun ne s’écrit en connexion secrète',
    en: 'Legal representatives read the choices of the patient: none is written in a secret connection',
  },
  'equipe-incorrecte': { fr: 'Équipe de soins incorrecte : {cause}', en: 'Care team not correct: {cause}' },
  'equipe-des-autres': {
    fr: 'Une équipe de soins s’écrit par le patient, ou par un professionnel qui en est membre',
    en: 'A care team is written by the patient, or by a professional who is a member of it',
  },
} as const satisfies Record<string, Wording>
