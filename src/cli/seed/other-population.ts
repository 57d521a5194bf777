/**
 * A database that holds these patients with other documents, or these numbers as other patients: what is asked for can
 * neither be added nor gone on with. What is refused then says it of a lot, or of an id; this says it of the whole.
 */
import { FhirError } from '../../fhir/fhir-error.ts'
import { isTaken } from '../../storage/bulk/bulk-connection.ts'
import type { Words } from '../terminal/language.ts'

export class OtherPopulation extends Error {
  override readonly name = 'OtherPopulation'
}

export const otherPopulation: Words = {
  fr: "la base contient déjà ces patients fictifs avec d'autres documents, ou d'autres patients sous les mêmes matricules ; ce qui s'y trouve reste tel quel. Pour poursuivre : les mêmes --seed, --patients, --documents, --size, --record et --narrow ; pour en ajouter d'autres : un autre --seed ; pour recommencer : une base vide",
  en: 'the database holds these made-up patients with other documents, or others under the same matricules; what is there stays as it is. To go on: the same --seed, --patients, --documents, --size, --record and --narrow; to add others: another --seed; to begin anew: an empty database',
}

const faults: ReadonlySet<string> = new Set(['lot-existant', 'identifiant-unique-pris', 'traits-divergents'])

/**
 * What a deposit or an opening refuses, as what it means here; anything else as it is. Ids come from the numbers of a
 * population: one that is taken belongs to another.
 */
export function meantByRefusal(error: unknown): unknown {
  const isRefused = error instanceof FhirError && error.issues.some((issue) => faults.has(issue.error))
  if (!isRefused && !isTaken(error)) return error
  return new OtherPopulation('Another population is there', { cause: error })
}
