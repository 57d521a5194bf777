/**
 * What is deposited in a national record, and how often: about two in five documents are biology, one in four a
 * prescription, one in seven of a hospital (the national counts of October 2025); the rest is shared out by us.
 * Codes: JDV_J66 (type), JDV_J61 (facility), JDV_J04 (practice setting), JDV_J01 (author), JDV_J60 (format).
 */
export type AuthorKind = {
  /** Profession and speciality, as JDV_J01 writes them. */
  readonly code: string
  readonly display: string
  /** Staff of this kind share their structures. */
  readonly structure: 'hospital' | 'office' | 'laboratory' | 'pharmacy'
}

export type DocumentKind = {
  /** Out of a hundred. */
  readonly weight: number
  readonly type: readonly [system: string, code: string, display: string]
  readonly class: readonly [code: string, display: string]
  readonly author: AuthorKind
  readonly facility: readonly [code: string, display: string]
  readonly setting: readonly [code: string, display: string]
  /** Of the structured form: format, and the template of its model; undefined: always a PDF. */
  readonly structured?: {
    readonly format: readonly [system: string, code: string]
    readonly template: string
  }
  readonly titles: readonly [string, ...string[]]
  /** Deposited by a doctor of the care team alone, and no structure (JDV_J66; rule D7). */
  readonly byCareTeam?: true
}

const nos = (table: string): string =>
  `https://mos.esante.gouv.fr/NOS/${table}/FHIR/${table.replaceAll('_', '-')}`
export const codeSystems = {
  loinc: 'http://loinc.org',
  type: nos('TRE_A05-TypeDocComplementaire'),
  class: nos('TRE_A03-ClasseDocument'),
  facility: nos('TRE_R02-SecteurActivite'),
  setting: nos('TRE_A01-CadreExercice'),
  activity: nos('TRE_R209-TypeActivite'),
  author: nos('TRE_A02-ProfessionSavFaire-CISIS'),
  format: nos('TRE_A06-FormatCodeComplementaire'),
  iheFormat: nos('TRE_A11-IheFormatCode'),
} as const

const { loinc, type, format, iheFormat } = codeSystems
const authors = {
  gp: { code: 'G15_10/SM54', display: 'Médecin - Médecine Générale (SM)', structure: 'office' },
  biologist: { code: 'G15_10/SM03', display: 'Médecin - Biologie médicale (SM)', structure: 'laboratory' },
  radiologist: { code: 'G15_10/SM44', display: 'Médecin - Radio-diagnostic (SM)', structure: 'hospital' },
  surgeon: { code: 'G15_10/SM05', display: 'Médecin - Chirurgie générale (SM)', structure: 'hospital' },
  emergency: { code: 'G15_10/SM59', display: "Médecin - Médecine d'urgence (SM)", structure: 'hospital' },
  cardiologist: {
    code: 'G15_10/SM04',
    display: 'Médecin - Cardiologie et maladies vasculaires (SM)',
    structure: 'office',
  },
  pharmacist: { code: 'G15_21/A', display: "Pharmacien titulaire d'officine", structure: 'pharmacy' },
  nurse: { code: 'G15_60', display: 'Infirmier', structure: 'office' },
} as const satisfies Record<string, AuthorKind>
const classes = {
  report: ['10', 'Compte rendu'],
  summary: ['11', 'Synthèse'],
  imaging: ['31', 'Imagerie médicale'],
  prescription: ['42', 'Prescription'],
  dispensation: ['43', 'Dispensation'],
  certificate: ['52', 'Certificat, déclaration'],
} as const
const hospital = {
  facility: ['SA01', 'Etablissement public de santé'],
  setting: ['ETABLISSEMENT', 'Etablissement de santé'],
} as const
const office = { facility: ['SA07', 'Cabinet individuel'], setting: ['AMBULATOIRE', 'Ambulatoire'] } as const
const group = { facility: ['SA08', 'Cabinet de groupe'], setting: ['AMBULATOIRE', 'Ambulatoire'] } as const

export const documentKinds: readonly [DocumentKind, ...DocumentKind[]] = [
  {
    weight: 41,
    type: [loinc, '11502-2', "CR d'examens biologiques"],
    class: classes.report,
    author: authors.biologist,
    ...group,
    structured: { format: [iheFormat, 'urn:ihe:lab:xd-lab:2008'], template: '1.3.6.1.4.1.19376.1.3.3' },
    titles: [
      'Biologie : hémogramme',
      'Biologie : bilan lipidique',
      'Biologie : ionogramme',
      'Biologie : HbA1c',
      'Biologie : TSH',
    ],
  },
  {
    weight: 21,
    type: [loinc, '57833-6', 'Prescription de produits de santé'],
    class: classes.prescription,
    author: authors.gp,
    ...office,
    titles: ['Ordonnance', 'Renouvellement de traitement', 'Ordonnance de sortie'],
  },
  {
    weight: 4,
    type: [type, 'PRESC-BIO', "Prescription d'actes de biologie médicale"],
    class: classes.prescription,
    author: authors.gp,
    ...office,
    titles: ['Prescription de biologie', 'Bilan sanguin à réaliser'],
  },
  {
    weight: 8,
    type: [loinc, '11490-0', "Lettre de liaison à la sortie d'un établissement de soins"],
    class: classes.report,
    author: authors.surgeon,
    ...hospital,
    structured: { format: [format, 'urn:asip:ci-sis:ldl-ses:2017'], template: '1.2.250.1.213.1.1.1.29' },
    titles: ['Lettre de liaison à la sortie', "Lettre de sortie d'hospitalisation"],
  },
  {
    weight: 3,
    type: [loinc, '34112-3', 'CR hospitalier (séjour)'],
    class: classes.report,
    author: authors.surgeon,
    ...hospital,
    titles: ['Compte rendu de séjour', "Compte rendu d'hospitalisation"],
  },
  {
    weight: 3,
    type: [loinc, '15507-7', 'CR de passage aux urgences'],
    class: classes.report,
    author: authors.emergency,
    ...hospital,
    titles: ['Passage aux urgences', 'Résumé de passage aux urgences'],
  },
  {
    weight: 7,
    type: [loinc, '18748-4', "CR d'imagerie médicale"],
    class: classes.imaging,
    author: authors.radiologist,
    ...hospital,
    titles: [
      'Radiographie du thorax',
      'Échographie abdominale',
      'IRM cérébrale',
      'Scanner thoracique',
      'Mammographie',
    ],
  },
  {
    weight: 5,
    type: [loinc, '11488-4', 'CR ou fiche de consultation ou de visite'],
    class: classes.report,
    author: authors.cardiologist,
    ...office,
    titles: ['Consultation de cardiologie', 'Consultation de suivi', 'Consultation spécialisée'],
  },
  {
    weight: 3,
    type: [loinc, '60593-1', 'Dispensation médicamenteuse'],
    class: classes.dispensation,
    author: authors.pharmacist,
    ...office,
    structured: { format: [iheFormat, 'urn:ihe:pharm:dis:2010'], template: '1.2.250.1.213.1.1.1.54' },
    titles: ['Dispensation de médicaments'],
  },
  {
    weight: 2,
    type: [loinc, '60591-5', 'Synthèse médicale'],
    byCareTeam: true,
    class: classes.summary,
    author: authors.gp,
    ...office,
    structured: { format: [iheFormat, 'urn:ihe:pcc:ips:2020'], template: '1.2.250.1.213.1.1.1.51' },
    titles: ['Volet de synthèse médicale'],
  },
  {
    weight: 2,
    type: [loinc, '11369-6', 'Historique de vaccinations'],
    class: classes.certificate,
    author: authors.gp,
    ...office,
    structured: { format: [format, 'urn:asip:ci-sis:vac:2019'], template: '1.2.250.1.213.1.1.1.37' },
    titles: ['Carnet de vaccination'],
  },
  {
    weight: 1,
    type: [loinc, '11506-3', 'CR ou fiche de suivi de soins par auxiliaire médical'],
    class: classes.report,
    author: authors.nurse,
    ...office,
    titles: ['Fiche de suivi de soins infirmiers'],
  },
]
