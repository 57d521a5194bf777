/**
 * `Measure/[id]/$evaluate-measure`: one month of a measure, as a MeasureReport. For the administration and the auditor (T4).
 * Months that overlap nothing, told when they are over: see src/indicators/disclosure.ts.
 *
 * Parameters: `periodStart` and `periodEnd` (the first and the last day of one month, or both `YYYY-MM`), `measure` where the
 * address names none, `reportType` (`population` alone). NOT offered: `subject`, `practitioner` and what goes with them.
 * @see https://hl7.org/fhir/R4/measure-operation-evaluate-measure.html, docs/indicators.md
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import {
  type OperationParameters,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
  textParameter,
} from '../../../fhir/operation-parameters.ts'
import type { Measure } from '../../../indicators/measure.ts'
import { measureReport } from '../../../indicators/measure-report.ts'
import { measureById, measureNamed } from '../../../indicators/measures.ts'
import { firstDayOf, lastDayOf, type Month, parseMonth } from '../../../indicators/month.ts'
import type { Answer } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { queryOf } from '../../query.ts'
import { readBodyOf } from '../../read-body.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { unknown } from '../permit.ts'
import { monthFigures } from './month-figures.ts'
import { permitIndicators } from './permit-indicators.ts'

type Asked = Pick<Input, 'id' | 'pairs' | 'body'>

/** @param id empty where the address names no measure */
export async function evaluateMeasure(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, pairs, body }: Asked,
): Promise<Answer> {
  exchange.trace.asks('Measure', queryOf(pairs))
  permitIndicators(exchange)
  const parameters = body ? readParameters(readBodyOf(engine, body, 'Parameters')) : parametersOfQuery(pairs)
  const measure = measureOf(id, parameters)
  const month = monthOf(parameters)
  const reportType = textParameter(parameters, 'reportType') ?? 'population'
  if (reportType !== 'population') throw badValue('reportType', 'population')
  exchange.trace.concerns('Measure', measure.id, 1)
  const groups = await monthFigures(engine, measure, month)
  const report = measureReport(measure, month, groups, new Date(exchange.now).toISOString())
  return { status: 200, body: stringifyJson(report) }
}

/** @throws FhirError 404 for a measure that there is not, 400 where none is named */
function measureOf(id: string, parameters: OperationParameters): Measure {
  const known = ['periodStart', 'periodEnd', 'reportType']
  if (id !== '') {
    refuseUnknown(parameters, known)
    const measure = measureById(id)
    if (!measure) throw unknown()
    return measure
  }
  refuseUnknown(parameters, [...known, 'measure'])
  const measure = measureNamed(textParameter(parameters, 'measure') ?? '')
  if (!measure) throw badValue('measure', 'https://dmp-fhir.example/Measure/…')
  return measure
}

/** @throws FhirError 400 for what is no whole month */
function monthOf(parameters: OperationParameters): Month {
  const start = textParameter(parameters, 'periodStart') ?? ''
  const end = textParameter(parameters, 'periodEnd') ?? ''
  const month = parseMonth(start.slice(0, 7))
  const isWhole =
    month !== undefined &&
    (start === month || start === firstDayOf(month)) &&
    (end === month || end === lastDayOf(month))
  if (!isWhole) throw refusal('invalid', 'periode-mois-entier')
  return month
}
