/**
 * Clients that people already use, over HTTP: fhir-kit-client, Medplum's and SMART's do the main job, each in its own way,
 * and show their user what the server says when it refuses.
 */
import t from 'tap'
import { fhirKitJourney } from './fhir-kit-client.ts'
import { clientsWorld } from './journey.ts'
import { medplumJourney } from './medplum-client.ts'
import { smartJourney } from './smart-client.ts'

t.test('clients that people already use', async (t) => {
  await using world = await clientsWorld()
  await t.test('fhir-kit-client', async (t) => fhirKitJourney(t, await world.stage()))
  await t.test('@medplum/core', async (t) => medplumJourney(t, await world.stage()))
  await t.test('SMART fhirclient', async (t) => smartJourney(t, await world.stage()))
})
