/** Documents deposited: by class and type, and by kind of author and sector. Two trees of one population that share its total. */
import { type Told, told } from '../disclosure.ts'
import { type Concept, countedTree, type FigureGroup, GROUP, STRATUM, stratify } from '../figures.ts'
import type { Measure, MeasureWords, MonthCounts } from '../measure.ts'

export const documents: Measure = {
  id: 'documents-deposes',
  name: 'DocumentsDeposes',
  title: 'Documents déposés',
  description:
    'Documents déposés dans le mois, par classe et type, et par nature de l’auteur (professionnel, structure, patient, assurance maladie) et secteur d’activité. Un document remplacé ou supprimé depuis reste compté : c’est son dépôt qui l’est.',
  subject: 'DocumentReference',
  scoring: 'cohort',
  counts: ['type', 'origine'],
  figures: (counts, words): FigureGroup[] => [
    {
      code: { system: GROUP, code: 'documents', display: 'Documents déposés' },
      population: told(counts.of('type'))?.count,
      stratifiers: [
        ...stratify(typesTold(counts, words), [
          {
            is: { system: STRATUM, code: 'classe', display: 'Classe' },
            word: (key) => classNamed(key, words),
          },
          { is: { system: STRATUM, code: 'type', display: 'Type' }, word: (key) => typeNamed(key, words) },
        ]),
        ...stratify(told(counts.of('origine')), [
          { is: { system: STRATUM, code: 'auteur', display: 'Nature de l’auteur' }, word: authorNamed },
          {
            is: { system: STRATUM, code: 'secteur', display: 'Secteur d’activité' },
            word: (key) => sectorNamed(key, words),
          },
        ]),
      ],
    },
  ],
}

const UNKNOWN: Concept = { system: STRATUM, code: 'inconnu', display: 'Non renseigné' }

/** The one tree by class, type and timeliness, from which all that is told of types is taken. */
export function typesTold(counts: MonthCounts, { terminology }: MeasureWords): Told | undefined {
  const rows = [...(counts.of('type').parts ?? [])].flatMap(([type, { parts = new Map() }]) =>
    [...parts].map(([timeliness, { count }]) => ({
      stratum: [terminology.documentTypes.byCode(type)?.class.code ?? UNKNOWN.code, type, timeliness],
      count,
    })),
  )
  return told(countedTree(rows))
}

export function typeNamed(code: string, { terminology }: MeasureWords): Concept {
  const type = terminology.documentTypes.byCode(code)
  return type ? { system: type.system, code, display: type.display } : { ...UNKNOWN, code }
}

function classNamed(code: string, { terminology }: MeasureWords): Concept {
  return terminology.documentTypes.classes.concepts.find((concept) => concept.code === code) ?? UNKNOWN
}

const authors: Readonly<Record<string, string>> = {
  professionnel: 'Professionnel',
  structure: 'Structure, sans professionnel nommé',
  patient: 'Patient',
  'assurance-maladie': 'Assurance maladie',
  inconnu: 'Non renseigné',
}

function authorNamed(code: string): Concept {
  return { system: STRATUM, code, display: authors[code] ?? code }
}

function sectorNamed(code: string, { terminology }: MeasureWords): Concept {
  return terminology.facilityTypes.concepts.find((concept) => concept.code === code) ?? UNKNOWN
}
