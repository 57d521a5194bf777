/**
 * `POST [base]/$expliquer`: how policy would decide a request of this caller, rule by rule, for who integrates a software.
 * Parameters: `methode` and `url` of the request; `patient` where neither names a record (`[id]` or `system|INS`); `type`
 * of a document (`system|code`), to be told whether the matrix lets it be read. Mode and motive are those of this request.
 *
 * It tells what the request itself would tell by its refusal, and no more: no document is looked up, and a record that is
 * unknown to the caller is unknown here (V7). NOT explained: what comes before policy (token, scope) and after it (the
 * content of what is sent). Nothing is consulted, hence no notice is owed.
 * @see docs/api.md "$expliquer"
 */
import { stringifyJson } from '../../../fhir/json.ts'
import {
  type AnswerParameter,
  type OperationParameters,
  readParameters,
  refuseUnknown,
  textParameter,
  writeParameters,
} from '../../../fhir/operation-parameters.ts'
import type { Permit } from '../../../policy/decision.ts'
import { type Explanation, explain } from '../../../policy/explain.ts'
import type { Action } from '../../../policy/question.ts'
import { toldOfEmergencies } from '../../../policy/rules/a10-recipient.ts'
import type { OrderedRule } from '../../../policy/rules-in-order.ts'
import { narrowed } from '../../../policy/scope-narrowing.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { DmpRoute } from '../dmp-route.ts'
import { unknown } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { askedBy, isOfSubscription } from './asked-by.ts'
import { patientOf, routeOf } from './request-to-explain.ts'

const PARAMETERS = ['methode', 'url', 'patient', 'type']
const A_ROUTE = { fr: 'méthode et adresse de docs/api.md', en: 'method and address of docs/api.md' }
const DECIDED = {
  fr: 'une demande dont la politique décide, dans un dossier',
  en: 'a request that policy decides, within a record',
}

export async function explainRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
  routes: readonly DmpRoute[],
): Promise<Answer> {
  exchange.trace.asks('Parameters')
  const parameters = readParameters(readBodyOf(engine, body, 'Parameters'))
  refuseUnknown(parameters, PARAMETERS)
  const request = { method: required(parameters, 'methode'), url: required(parameters, 'url') }
  const matched = routeOf(request, engine.base, routes)
  if (!matched) throw badValue('url', A_ROUTE)
  const { interaction, need } = matched.route
  const asks = askedBy(matched.route)
  if (!asks) throw badValue('url', DECIDED)
  const named = patientOf(matched, engine.base, textParameter(parameters, 'patient'))
  const record = await recordAsked(engine, exchange, named)
  if (!record) throw unknown()
  exchange.trace.inRecord(record.facts.patientKey, record.holder, record.representedBy)
  const type = typeAsked(engine, textParameter(parameters, 'type'))
  const subscribes = isOfSubscription(matched.route)
  const asking: DmpExchange = subscribes ? { ...exchange, mode: 'normal', motive: '' } : exchange
  const told = asks.map((action) => {
    const further = subscribes && action === 'read-traces' ? emergencies : []
    return { action, explanation: explained(engine, asking, record, action, further) }
  })
  exchange.trace.decided([...new Set(told.flatMap(({ explanation }) => explanation.decision.rules))])
  const answer = writeParameters([
    { name: 'interaction', value: ['Code', interaction] },
    ...(need ? [{ name: 'portee', value: ['String', `${need.type}.${need.letter}`] } as const] : []),
    { name: 'mode', value: ['Code', asking.mode] },
    ...told.map(({ action, explanation }) => asked(engine, asking, action, explanation, type)),
  ])
  return { status: 200, body: stringifyJson(answer) }
}

/** What permitSubscriber asks beside the right to read traces. */
const emergencies: readonly OrderedRule[] = [{ id: () => 'A10', judge: toldOfEmergencies }]

/** @throws FhirError 404 for a record that this caller may not know of */
function explained(
  engine: DmpEngine,
  { caller, mode, motive, now }: DmpExchange,
  record: KnownRecord,
  action: Action,
  further: readonly OrderedRule[],
): Explanation {
  const matrices = engine.matricesAt(now)
  const explanation = explain({ action, caller, mode, motive, ...record, now, matrices }, further)
  const { decision, steps } = explanation
  if (decision.effect === 'deny' && (steps.length === 0 || decision.refusal.category === 'not-found'))
    throw decision.refusal
  return explanation
}

function asked(
  engine: DmpEngine,
  exchange: DmpExchange,
  action: Action,
  { decision, steps }: Explanation,
  type: string | undefined,
): AnswerParameter {
  const permitted = decision.effect === 'permit'
  return {
    name: 'demande',
    part: [
      { name: 'action', value: ['Code', action] },
      { name: 'permis', value: ['Boolean', permitted] },
      ...(permitted && decision.grant !== 'yes'
        ? [{ name: 'condition', value: ['Code', decision.grant] } as const]
        : []),
      ...(decision.effect === 'permit' && type !== undefined
        ? [
            {
              name: 'type-lisible',
              value: ['Boolean', isReadable(engine, exchange, decision, type)],
            } as const,
          ]
        : []),
      ...steps.map(
        ({ rule, verdict, text }): AnswerParameter => ({
          name: 'etape',
          part: [
            { name: 'regle', value: ['Code', rule] },
            { name: 'verdict', value: ['Code', verdicts[verdict]] },
            { name: 'texte', value: ['String', text[exchange.language]] },
          ],
        }),
      ),
    ],
  }
}

const verdicts = {
  passes: 'admet',
  denies: 'refuse',
  narrows: 'restreint',
  'not applicable': 'sans-objet',
  'not reached': 'non-examinee',
} as const

function isReadable(engine: DmpEngine, { covered }: DmpExchange, { scope }: Permit, type: string): boolean {
  const { types } = narrowed(scope, covered, engine.terminology.documentTypes)
  return types === 'every' || types.has(type)
}

/** `system|code` of a type that exists. @throws FhirError 400 */
function typeAsked(engine: DmpEngine, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const { system, code } = parseToken(text) ?? {}
  const known = code === undefined ? undefined : engine.terminology.documentTypes.byCode(code)
  if (!known || (system !== undefined && system !== known.system)) throw badValue('type', 'JDV_J66')
  return `${known.system}|${known.code}`
}

function required(parameters: OperationParameters, name: string): string {
  const text = textParameter(parameters, name)
  if (text === undefined) throw badValue(name, PARAMETERS.join(', '))
  return text
}
