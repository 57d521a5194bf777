/**
 * What was found of the signatures of a document, when they were deposited: with the document itself, or afterwards by one
 * that signs it. Which document holds a signature is not said: it may be unseen (V7).
 * @see docs/api.md "$verify"; docs/policy.md D8
 */
import { practitionerSystem, structureSystem } from '../../../dmp/identity/national-identifiers.ts'
import type { ResourceId, Uuid } from '../../../fhir/id.ts'
import type { AnswerParameter } from '../../../fhir/operation-parameters.ts'
import type { Found } from '../../../seal/examine.ts'
import type { KeyRing } from '../../../seal/key-ring.ts'
import { type ReadVerdict, readVerdicts } from '../../../seal/signature/read-verdicts.ts'
import { statementText } from '../../../seal/statement.ts'
import type { Runner } from '../../../storage/database.ts'
import { readSeals, type StoredSeal } from '../../../storage/seals/seals.ts'

export type Signatures = { readonly verdicts: readonly ReadVerdict[]; readonly faults: readonly Found[] }

/** @param seals of the document itself @param carriers of signatures that came after it */
export async function signaturesOf(
  db: Runner,
  ring: KeyRing,
  { patientKey }: ResourceId,
  seals: readonly StoredSeal[],
  carriers: readonly Uuid[],
): Promise<Signatures> {
  const isGenuine = (seal: StoredSeal): boolean =>
    ring.check(statementText({ patientKey, ...seal }), seal) === 'genuine'
  const own = seals.find(({ version }) => version === 1)
  const later = await Promise.all(
    carriers.map(async (carrier) => {
      const seal = (await readSeals(db, patientKey, carrier)).find(({ version }) => version === 1)
      return seal && isGenuine(seal) ? readVerdicts(seal.verdict) : undefined
    }),
  )
  const isAltered = later.some((verdicts) => verdicts === undefined)
  return {
    // One that is altered is told of by the seal of the document.
    verdicts: [
      ...(own && isGenuine(own) ? readVerdicts(own.verdict) : []),
      ...later.flatMap((verdicts) => verdicts ?? []),
    ],
    faults: isAltered ? [{ fault: 'verdict-altere', version: 0 }] : [],
  }
}

/** @param authors of the document, as records know them */
export function signatureParameter(verdict: ReadVerdict, authors: readonly string[]): AnswerParameter {
  const { form, indication, subIndication, signedAt, certificate, actors } = verdict
  return {
    name: 'signature',
    part: [
      { name: 'forme', value: ['Code', form] },
      { name: 'indication', value: ['Code', indication] },
      ...(subIndication ? [{ name: 'sous-indication', value: ['Code', subIndication] } as const] : []),
      ...(signedAt ? [{ name: 'signe', value: ['String', signedAt] } as const] : []),
      ...(certificate ? [{ name: 'certificat', value: ['String', certificate] } as const] : []),
      ...actors.map(
        (actor): AnswerParameter => ({
          name: 'signataire',
          value: [
            'Identifier',
            {
              system: actor.startsWith('ps:') ? practitionerSystem : structureSystem,
              value: actor.slice(3),
            },
          ],
        }),
      ),
      { name: 'auteur', value: ['Boolean', actors.some((actor) => authors.includes(actor))] },
    ],
  }
}
