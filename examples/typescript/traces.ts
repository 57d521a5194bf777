/** The patient reads who came to the record, and what they did: refused accesses too. */
import type { AuditEvent } from '@medplum/fhirtypes'
import { connect, entries, exampleIns, recordOf } from './connection.ts'

const patient = await connect('patient')
const id = await recordOf(patient, await exampleIns())

// region: traces
const found = await patient.search({
  resourceType: 'AuditEvent',
  searchParams: { patient: id, _count: 20 },
})
for (const { recorded, subtype, outcome, agent } of entries<AuditEvent>(found, 'AuditEvent')) {
  const requestor = agent?.find((each) => each.requestor)
  const role = requestor?.role?.map(({ coding }) => coding?.[0]?.code).join(' ')
  const result = outcome === '0' ? 'done' : 'refused'
  console.log(`${recorded?.slice(0, 19)} ${role} ${subtype?.at(-1)?.code} ${result}`)
}
// endregion: traces

// region: acces
// The same summed up: who may see the record, and who came how often.
const summary = await patient.operation({ name: 'acces', resourceType: 'Patient', id, method: 'GET' })
const { parameter = [] }: { parameter?: { name: string }[] } = Object(summary)
const count = (name: string) => parameter.filter((each) => each.name === name).length
console.log(`May see: ${count('habilite')}; came: ${count('acces')}`)
// endregion: acces
