/** The operations of usage indicators, in words. */
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Words } from './openapi-document.ts'
import { query } from './parameters.ts'

const month = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$' } as const
const asked = [
  { ...query('periodStart', 'The first day of a month, or the month', month), required: true },
  { ...query('periodEnd', 'The last day of the same month, or the month', month), required: true },
  query('reportType', 'population alone', { type: 'string', enum: ['population'] }),
]
const measure = {
  ...query('measure', 'Canonical URL of the Measure, as `https://dmp-fhir.example/Measure/refus`'),
  required: true,
}
const report = {
  200: response(
    'A MeasureReport: `complete`, or `pending` while the month is not over and counted',
    fhirContent('MeasureReport'),
  ),
}
const description =
  'For the administration and the auditor (rule T4), from counts that are kept up to date. A whole month, from the day ' +
  'after its end; numbers from 1 to 10 are not told, and cannot be had from the others: docs/indicators.md.'

export const indicatorOperations: Readonly<Record<string, Words>> = {
  'GET /Measure': {
    operationId: 'searchMeasures',
    tag: 'Indicators',
    summary: 'The usage indicators there are',
    description: 'Definitions, about nobody: for every caller.',
    parameters: [query('_id', 'Logical id'), query('url', 'Canonical URL')],
    answers: { 200: response(searchset, fhirContent('Bundle')) },
  },
  'GET /Measure/:id': {
    operationId: 'readMeasure',
    tag: 'Indicators',
    summary: 'What an indicator counts',
    description: 'A definition, about nobody: for every caller.',
    parameters: ['If-None-Match', 'If-Modified-Since'],
    answers: {
      200: response('The Measure', fhirContent('Measure'), ['ETag', 'Last-Modified']),
      304: 'NotModified',
    },
    refusals: [404],
  },
  'GET /Measure/:id/$evaluate-measure': {
    operationId: 'evaluateMeasure',
    tag: 'Indicators',
    summary: 'One month of an indicator',
    description,
    parameters: asked,
    answers: report,
    refusals: [404],
  },
  'POST /Measure/:id/$evaluate-measure': {
    operationId: 'evaluateMeasureByPost',
    tag: 'Indicators',
    summary: 'The same, with Parameters',
    description,
    requestBody: body(fhirContent('Parameters')),
    answers: report,
    refusals: [404, 413, 415],
  },
  'GET /Measure/$evaluate-measure': {
    operationId: 'evaluateNamedMeasure',
    tag: 'Indicators',
    summary: 'One month of the indicator that a parameter names',
    description,
    parameters: [measure, ...asked],
    answers: report,
  },
  'POST /Measure/$evaluate-measure': {
    operationId: 'evaluateNamedMeasureByPost',
    tag: 'Indicators',
    summary: 'The same, with Parameters',
    description,
    requestBody: body(fhirContent('Parameters')),
    answers: report,
    refusals: [413, 415],
  },
}
