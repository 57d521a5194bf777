/**
 * What `$droits` answers, as Parameters: `transaction` for each action, `documents` for what a permit to read shows.
 * @see docs/api.md "$droits"
 */
import { wording } from '../../../fhir/error-catalogue.ts'
import type { AnswerParameter } from '../../../fhir/operation-parameters.ts'
import type { Decision } from '../../../policy/decision.ts'
import { type Action, actions } from '../../../policy/question.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask } from '../permit.ts'

export function transaction(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  action: Action,
): AnswerParameter {
  const decision = ask(engine, exchange, record, action)
  const { right } = actions[action]
  const described = right && engine.matricesAt(exchange.now).rights.describe(right)
  return {
    name: 'transaction',
    part: [
      { name: 'action', value: ['Code', action] },
      ...(right ? [{ name: 'droit', value: ['Code', right] } as const] : []),
      ...(described?.transaction
        ? [{ name: 'transaction', value: ['Code', described.transaction] } as const]
        : []),
      ...(described ? [{ name: 'nom', value: ['String', described.name] } as const] : []),
      { name: 'permis', value: ['Boolean', decision.effect === 'permit'] },
      ...decision.rules.map((rule): AnswerParameter => ({ name: 'regle', value: ['Code', rule] })),
      ...because(decision, exchange),
    ],
  }
}

/** The condition of a permit, or why it is refused. */
function because(decision: Decision, { language }: DmpExchange): AnswerParameter[] {
  if (decision.effect === 'permit')
    return decision.grant === 'yes' ? [] : [{ name: 'condition', value: ['Code', decision.grant] }]
  const { error, params } = decision.refusal.issues[0]
  return [
    { name: 'refus', value: ['Code', error] },
    { name: 'texte', value: ['String', wording(error, language, params)] },
  ]
}

/** Nothing where nothing may be read: then there is no reach to tell of. */
export function documentsShown(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
): AnswerParameter[] {
  const decision = ask(engine, exchange, record, 'read-content')
  if (decision.effect === 'deny') return []
  const { types, masked, invisiblePatient, invisibleLegal, withdrawn } = decision.scope
  const { documentTypes } = engine.terminology
  const readable = documentTypes.all.filter(
    ({ system, code }) => types === 'every' || types.has(`${system}|${code}`),
  )
  return [
    {
      name: 'documents',
      part: [
        { name: 'masques', value: ['Code', reach[masked]] },
        { name: 'invisibles-patient', value: ['Boolean', invisiblePatient] },
        { name: 'invisibles-representants', value: ['Code', secrets[invisibleLegal]] },
        { name: 'archives-remplaces-supprimes', value: ['Boolean', withdrawn] },
        { name: 'nombre-de-types', value: ['Integer', readable.length] },
        ...readable.map(
          ({ system, code, display }): AnswerParameter => ({
            name: 'type',
            value: ['Coding', { system, code, display }],
          }),
        ),
      ],
    },
  ]
}

const reach = { none: 'aucun', own: 'les-siens', all: 'tous' } as const
const secrets = { hidden: 'aucun', shown: 'tous', only: 'eux-seuls' } as const
