/** What the view of a document says around what the document says. */
import type { Words } from '../../words.ts'

export const cdaWords = {
  patient: { fr: 'Patient', en: 'Patient' },
  bornAs: { fr: 'nom de naissance', en: 'name at birth' },
  bornOn: { fr: 'né(e) le', en: 'born on' },
  sex: { fr: 'sexe', en: 'sex' },
  female: { fr: 'féminin', en: 'female' },
  male: { fr: 'masculin', en: 'male' },
  matricule: { fr: 'matricule INS', en: 'INS matricule' },
  date: { fr: 'Établi le', en: 'Written on' },
  author: { fr: 'Auteur', en: 'Author' },
  authenticator: { fr: 'Validé par', en: 'Authenticated by' },
  custodian: { fr: 'Conservé par', en: 'Kept by' },
  recipient: { fr: 'Destinataire', en: 'Recipient' },
  participant: { fr: 'Autre intervenant', en: 'Other participant' },
  informant: { fr: 'Personne à contacter', en: 'Informant' },
  service: { fr: 'Acte', en: 'Service' },
  encounter: { fr: 'Prise en charge', en: 'Encounter' },
  version: { fr: 'Version', en: 'Version' },
  confidentiality: { fr: 'Confidentialité', en: 'Confidentiality' },
  from: { fr: 'du', en: 'from' },
  to: { fr: 'au', en: 'to' },
  header: { fr: 'En-tête', en: 'Header' },
  untitled: { fr: 'Section sans titre', en: 'Section without a title' },
  onlyData: {
    fr: 'Cette section n’a pas de texte, seulement des données structurées.',
    en: 'This section has no text, only structured data.',
  },
  noBody: { fr: 'Ce document n’a pas de corps.', en: 'This document has no body.' },
  cut: {
    fr: 'Le document est trop grand pour être affiché en entier : la suite manque ici. Téléchargez-le pour la lire.',
    en: 'The document is too large to be shown whole: the rest is missing here. Download it to read it.',
  },
  footnote: { fr: 'note', en: 'note' },
  media: { fr: 'Image jointe au document', en: 'Image that belongs to the document' },
  mediaMissing: {
    fr: '[image absente ou d’un type non affiché]',
    en: '[image missing, or of a type not shown]',
  },
  notXml: {
    fr: 'Ce fichier ne se lit pas comme un XML bien formé : il n’est pas affiché.',
    en: 'This file is not well-formed XML: it is not shown.',
  },
  hasDtd: {
    fr: 'Ce fichier contient une déclaration DOCTYPE, qu’un CDA n’a jamais : il n’est pas affiché.',
    en: 'This file has a DOCTYPE, which no CDA has: it is not shown.',
  },
  notCda: {
    fr: 'Ce fichier XML n’est pas un CDA (ClinicalDocument) : son texte suit.',
    en: 'This XML file is no CDA (ClinicalDocument): its text follows.',
  },
  tooLarge: {
    fr: 'Ce fichier est trop grand pour être affiché ici. Téléchargez-le.',
    en: 'This file is too large to be shown here. Download it.',
  },
  download: { fr: 'Télécharger le fichier', en: 'Download the file' },
  pdf: { fr: 'Document PDF', en: 'PDF document' },
  image: { fr: 'Document image', en: 'Image document' },
  noPdfViewer: {
    fr: 'Ce navigateur n’affiche pas les PDF dans une page.',
    en: 'This browser shows no PDF within a page.',
  },
  notShown: {
    fr: 'Un fichier de ce type ({type}) n’est pas affiché dans la page.',
    en: 'A file of this type ({type}) is not shown in the page.',
  },
  contradicts: {
    fr: 'Le contenu n’est pas du type annoncé ({type}) : il n’est pas affiché.',
    en: 'The content is not of the type it says ({type}): it is not shown.',
  },
} as const satisfies Words
