/**
 * The seals of a submission (D8): one for each document it brings, and for the version of each that it replaces. Each by
 * itself, and not one for the whole: who sees one document of a lot must not learn of another by its seal (V7).
 */
import { agentOf, type SubmissionSet, sealChange, sealDeposit } from '../../../seal/seal-version.ts'
import type { NextDocument } from '../../../storage/documents/change-document.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { NewSeal } from '../../../storage/seals/seals.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { JudgedSignatures } from './judge-signatures.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type ToSeal = {
  readonly documents: readonly Pick<AdmittedDocument, 'row'>[]
  /** Undefined when it lies there already. */
  readonly set: SubmissionSet | undefined
  readonly superseded: readonly NextDocument[]
  /** The versions that these take the place of, as they are locked. */
  readonly replaced: readonly StoredDocument[]
  readonly signatures: Pick<JudgedSignatures, 'verdictOf'>
}

export function sealSubmission(
  engine: Pick<DmpEngine, 'seals'>,
  { caller }: Pick<DmpExchange, 'caller'>,
  { documents, set, superseded, replaced, signatures }: ToSeal,
): NewSeal[] {
  const { sealer } = engine.seals
  const agent = agentOf(caller)
  return [
    ...documents.map(({ row }) => sealDeposit(sealer, row, set, agent, signatures.verdictOf(row.id))),
    ...superseded.map((next) => {
      const before = replaced.find(({ id }) => id === next.id)
      if (!before) throw new Error('A document is replaced that was not locked')
      return sealChange(sealer, next, before, 'remplacement', agent)
    }),
  ]
}
