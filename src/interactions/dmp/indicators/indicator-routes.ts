/** The routes of usage indicators: which measures there are, and one month of one. */
import type { DmpRoute } from '../dmp-route.ts'
import { evaluateMeasure } from './evaluate-measure.ts'
import { readMeasure, searchMeasures } from './read-measures.ts'

const evaluation = {
  interaction: 'evaluate-measure',
  need: { type: 'Measure', letter: 'r' },
  rest: {
    type: 'Measure',
    operation: 'evaluate-measure',
    definition: 'http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure',
  },
} as const

export const indicatorRoutes: readonly DmpRoute[] = [
  {
    method: 'GET',
    url: '/Measure',
    interaction: 'search-measures',
    need: { type: 'Measure', letter: 's' },
    rest: { type: 'Measure', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchMeasures(engine, exchange, pairs),
  },
  {
    method: 'GET',
    url: '/Measure/:id',
    interaction: 'read-measure',
    need: { type: 'Measure', letter: 'r' },
    rest: { type: 'Measure', code: 'read' },
    answer: (engine, exchange, { id }) => readMeasure(engine, exchange, id),
  },
  { ...evaluation, method: 'GET', url: '/Measure/:id/$evaluate-measure', answer: evaluateMeasure },
  { ...evaluation, method: 'POST', url: '/Measure/:id/$evaluate-measure', answer: evaluateMeasure },
  { ...evaluation, method: 'GET', url: '/Measure/$evaluate-measure', answer: evaluateMeasure },
  { ...evaluation, method: 'POST', url: '/Measure/$evaluate-measure', answer: evaluateMeasure },
]
