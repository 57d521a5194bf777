/** A place with records in it, whose documents' author may read them, and the clients that will work there. */
import { requestToken } from '../../src/cli/request-token.ts'
import { consent, patient } from '../../test/support/builders.ts'
import { httpClient, resourceOf } from '../../test/support/http-client.ts'
import { administration, matricule, patientPersona } from '../../test/support/personas.ts'
import { ChaosClient } from './client.ts'
import { authorId, Ledger } from './ledger.ts'
import type { Place } from './place.ts'
import { Witness } from './witness.ts'

export type Run = {
  readonly place: Place
  readonly client: ChaosClient
  readonly ledger: Ledger
  readonly witness: Witness
}

const RECORDS = 6

/** @param asked the FHIR base of the server that the load asks next; without it the place's own */
export async function openRun(place: Place, asked?: () => string): Promise<Run> {
  const { base } = place.server
  const witness = new Witness()
  const ledger = new Ledger(Array.from({ length: RECORDS }, (_, n) => matricule(n)))
  const as = (token: string) => httpClient(base, async () => `Bearer ${token}`)
  const opener = as(await requestToken(base, administration))
  for (const { ins } of ledger.records) {
    const { id = '' } = resourceOf(await opener.post('/Patient/$ouvrir', patient(ins)), 'Patient')
    const holder = as(await requestToken(base, patientPersona(ins)))
    const { status } = await holder.post('/Consent', consent('autorisation', id, authorId))
    if (status !== 201) throw new Error(`the author is not authorised: ${status}`)
  }
  return { place, witness, ledger, client: new ChaosClient(asked ?? (() => base), witness) }
}
