/** Consultations, by access mode and within it by profession; who is no professional stands under its actor. */
import { told } from '../disclosure.ts'
import { type Concept, type FigureGroup, GROUP, STRATUM, stratify } from '../figures.ts'
import type { Measure, MeasureWords, MonthCounts } from '../measure.ts'

export const consultations: Measure = {
  id: 'consultations',
  name: 'Consultations',
  title: 'Consultations',
  description:
    'Ouvertures de contenu (document, synthèse) et recherches de documents réussies dans le mois, par mode d’accès (normal, bris de glace, centre 15) et profession, ou acteur pour qui n’est pas un professionnel nommé. Ce sont des requêtes, non des personnes.',
  subject: 'AuditEvent',
  scoring: 'cohort',
  counts: ['ouverture', 'recherche'],
  figures: (counts, words): FigureGroup[] => [
    group(counts, words, 'ouverture', 'Ouvertures de contenu'),
    group(counts, words, 'recherche', 'Recherches de documents'),
  ],
}

function group(
  counts: MonthCounts,
  words: MeasureWords,
  measure: 'ouverture' | 'recherche',
  display: string,
): FigureGroup {
  const tree = told(counts.of(measure))
  return {
    code: { system: GROUP, code: measure, display },
    population: tree?.count,
    stratifiers: stratify(tree, [
      { is: { system: STRATUM, code: 'mode', display: 'Mode d’accès' }, word: modeNamed },
      {
        is: { system: STRATUM, code: 'profession', display: 'Profession ou acteur' },
        word: (key) => whoNamed(key, words),
      },
    ]),
  }
}

const ACCESS_MODE = 'https://mos.esante.gouv.fr/NOS/TRE_R248_ModeAcces/FHIR/TRE-R248-ModeAcces'
const ACTOR = 'https://dmp-fhir.example/CodeSystem/acteur'

function modeNamed(code: string): Concept {
  return { system: ACCESS_MODE, code }
}

function whoNamed(code: string, { terminology }: MeasureWords): Concept {
  return terminology.professions.concepts.find((concept) => concept.code === code) ?? { system: ACTOR, code }
}
