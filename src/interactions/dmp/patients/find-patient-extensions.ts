/**
 * What TD0.2 says of a record beside that it exists: how it was closed, and the caller's own standing, as far as the
 * caller has one. Of others nothing: who is authorised, and who the médecin traitant is, are asked by `$acces` and F6.
 * @see /ig/fhir/dmp of the ANS (draft 0.1.0) for dmp-fermeture and dmp-medecin-traitant; the others are ours
 */
import type { Extension } from '@medplum/fhirtypes'
import { actorClass, isProfessional, selfIds } from '../../../policy/actor-class.ts'
import { standing } from '../../../policy/rules/a1-authorisation.ts'
import type { FoundRecord } from '../../../storage/records/find-record-by-ins.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { mayConsult } from './may-consult.ts'

const draft = 'https://interop.esante.gouv.fr/ig/fhir/dmp'
const ours = 'https://dmp-fhir.example/StructureDefinition'

export const AUTORISATION = `${ours}/dmp-autorisation`

export function standingExtensions(
  engine: DmpEngine,
  exchange: DmpExchange,
  { record, closing }: FoundRecord,
): Extension[] {
  const { caller } = exchange
  const extensions: Extension[] = [{ url: AUTORISATION, valueCode: standingOf(exchange, record) }]
  if (record.facts.status === 'closed') {
    extensions.push(closed(closing))
    return extensions
  }
  if (caller.actor !== 'PS' || !caller.practitionerId) return extensions
  const isTreating = actorClass(caller, record.facts) === 'MEDECIN_TRAITANT'
  extensions.push(
    { url: `${draft}/StructureDefinition/dmp-medecin-traitant`, valueBoolean: isTreating },
    {
      url: `${ours}/dmp-acces-urgence`,
      extension: [
        { url: 'brisDeGlace', valueBoolean: mayConsult(engine, exchange, record, 'bris_de_glace') },
        { url: 'centre15', valueBoolean: mayConsult(engine, exchange, record, 'centre_15') },
      ],
    },
  )
  return extensions
}

const words = { valid: 'valide', expired: 'expiree', absent: 'absente' } as const

function standingOf({ caller, now }: DmpExchange, { facts }: FoundRecord['record']): string {
  if (!isProfessional(caller)) return 'absente'
  const self = selfIds(caller)
  return facts.blocked.some((id) => self.includes(id)) ? 'bloque' : words[standing(caller, facts, now)]
}

/** The reason as close-record.ts keeps it: a code of dmp-motif-fermeture, and words. */
function closed(closing: FoundRecord['closing']): Extension {
  const { code, text } = reasonOf(closing?.reason ?? '')
  return {
    url: `${draft}/StructureDefinition/dmp-fermeture`,
    extension: [
      ...(closing ? [{ url: 'dateFermeture', valueDateTime: new Date(closing.at).toISOString() }] : []),
      ...(code
        ? [
            {
              url: 'motifFermeture',
              valueCoding: { system: `${draft}/CodeSystem/dmp-motif-fermeture`, code },
            },
          ]
        : []),
      ...(text ? [{ url: 'raisonFermeture', valueString: text }] : []),
    ],
  }
}

function reasonOf(kept: string): { readonly code?: string; readonly text?: string } {
  const { code, text }: { code?: unknown; text?: unknown } = kept === '' ? {} : JSON.parse(kept)
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof text === 'string' ? { text } : {}),
  }
}
