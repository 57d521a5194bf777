/** Requests that were refused, by error and within it by the rule that refused. */
import { ERROR_SYSTEM, errorCatalogue, RULE_SYSTEM } from '../../fhir/error-catalogue.ts'
import { told } from '../disclosure.ts'
import { type Concept, type FigureGroup, GROUP, STRATUM, stratify } from '../figures.ts'
import type { Measure } from '../measure.ts'

export const refusals: Measure = {
  id: 'refus',
  name: 'Refus',
  title: 'Refus',
  description:
    'Requêtes refusées dans le mois (statuts 400 à 499), par erreur et par règle (docs/policy.md) lorsque c’est une règle qui a refusé.',
  subject: 'AuditEvent',
  scoring: 'cohort',
  counts: ['refus'],
  figures: (counts): FigureGroup[] => {
    const tree = told(counts.of('refus'))
    return [
      {
        code: { system: GROUP, code: 'refus', display: 'Requêtes refusées' },
        population: tree?.count,
        stratifiers: stratify(tree, [
          { is: { system: STRATUM, code: 'erreur', display: 'Erreur' }, word: errorNamed },
          { is: { system: STRATUM, code: 'regle', display: 'Règle' }, word: ruleNamed },
        ]),
      },
    ]
  },
}

function errorNamed(code: string): Concept {
  const known = code in errorCatalogue
  return known ? { system: ERROR_SYSTEM, code } : { system: STRATUM, code: 'inconnu' }
}

function ruleNamed(code: string): Concept {
  return code === ''
    ? { system: STRATUM, code: 'sans-regle', display: 'Aucune règle de politique' }
    : { system: RULE_SYSTEM, code }
}
