/**
 * TD1.6: who is authorised in a record, who is blocked, and the other choices of the patient.
 * @see docs/policy.md F6, V7
 */
import { choiceSystem } from '../../../dmp/choices/patient-choice.ts'
import type { ChoiceReach } from '../../../policy/choice-reach.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import { type RecordCriterion, recordTerm } from '../../../storage/records/search-record.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { recordAsked } from '../record-asked.ts'
import { actorsOf, searchInRecord } from '../record-search.ts'
import { readableChoices } from './readable-choices.ts'

export async function searchConsents(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Consent')
  // Strict, whatever the client prefers: what is left out is told only in searches of documents.
  const search = parseSearch(engine.searches.Consent, pairs, 'strict')
  exchange.trace.asks('Consent', queryOf(search.understood))
  const found = await recordAsked(engine, exchange, search.patient)
  const { record, reach, lists, refuse } = readableChoices(engine, exchange, found)
  // Who may not list asks for its own, or is told what it lacks.
  if (!lists && !staysWithin(reach, search)) throw refuse()
  return searchInRecord(engine, exchange, {
    type: 'Consent',
    patientKey: record.facts.patientKey,
    search,
    systems: { category: choiceSystem, status: 'http://hl7.org/fhir/consent-state-codes' },
    bounds: boundsOf(reach),
  })
}

/** Whether the search itself names nothing beyond the reach. */
function staysWithin({ categories, actors }: ChoiceReach, { criteria }: SearchExpression): boolean {
  return criteria.some((criterion) => {
    if (actors !== 'every')
      return (
        criterion.kind === 'reference-identifier' &&
        criterion.values.every((value) => actorsOf(value).some((actor) => actors.includes(actor)))
      )
    return (
      categories !== 'every' &&
      criterion.kind === 'token' &&
      criterion.parameter === 'category' &&
      !criterion.not &&
      criterion.values.every(({ code = '' }) => categories.has(code))
    )
  })
}

function boundsOf({ categories, actors }: ChoiceReach): RecordCriterion[] {
  const bound = (parameter: string, values: Iterable<string>): RecordCriterion => ({
    kind: 'terms',
    not: false,
    terms: [...values].map((value) => recordTerm('Consent', parameter, value)),
  })
  return [
    ...(categories === 'every' ? [] : [bound('category', categories)]),
    ...(actors === 'every' ? [] : [bound('actor', actors)]),
  ]
}
