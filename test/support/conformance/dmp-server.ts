/**
 * Our server in the profile dmp, over HTTP and with tokens: a record is opened by its administration, documents are
 * deposited by a hospital (ITI-65, ITI-105), and a doctor whom the patient has authorised reads them.
 */
import { testApp } from '../app.ts'
import { simplifiedPublish } from '../builders.ts'
import { administration, gp, hospital, matricule, practitioner } from '../personas.ts'
import { openTestRecord } from '../record.ts'
import { claimsOf } from './claims.ts'
import { Fhir, resourceOf } from './client.ts'
import { SEARCHABLE, type Server } from './server.ts'

/** What the DMP claims, and takes in the form of its own rules only (docs/policy.md). */
function departureOf(method: string, path: string, body: unknown): string | undefined {
  const [place = '', query = ''] = path.split('?', 2)
  if (method === 'POST' && place.replace('/', '') === '')
    return JSON.stringify(body ?? '').includes('transaction')
      ? 'a transaction is a submission of documents (ITI-65)'
      : undefined
  if (method === 'PUT' && place === '/Patient')
    return 'a conditional update of Patient opens a record, by an INS'
  const isSearch = method === 'POST' ? place.endsWith('/_search') : /^\/[A-Za-z]+$/.test(place)
  if (!isSearch || /^\/metadata$/.test(place)) return undefined
  const asked = `${query}&${typeof body === 'string' ? body : ''}`
  return /(?:^|&)(?:patient|identifier)[.=]/.test(asked) ? undefined : 'a search names one patient'
}

export async function dmpServer(): Promise<Server & AsyncDisposable> {
  const app = await testApp()
  try {
    const statement = resourceOf(await new Fhir({ base: app.base }).get('/metadata'), 'CapabilityStatement')
    const record = await openTestRecord(app, matricule(1))
    const documents: string[] = []
    for (let n = 0; n < SEARCHABLE; n++) documents.push((await record.push()).documentId)
    const [first = ''] = documents
    const asked = await openTestRecord(app, matricule(2))
    for (const { choose } of [record, asked]) await choose('autorisation', practitioner(1))
    return {
      base: app.base,
      name: 'dmp',
      own: true,
      claims: claimsOf(statement, departureOf),
      async authorization(method, path) {
        const reads = method === 'GET' || method === 'HEAD' || path.includes('/_search')
        const persona = reads ? gp : method === 'PUT' ? administration : hospital
        return `Bearer ${await app.token(persona)}`
      },
      world: {
        readable: async () => ({ type: 'DocumentReference', id: first, path: `/DocumentReference/${first}` }),
        searchable: async () => ({
          type: 'DocumentReference',
          query: `patient=${record.id}`,
          ids: documents,
        }),
        // Into another record: that which is searched does not change.
        creatable: async () => simplifiedPublish({ ins: asked.ins }),
      },
      [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
    }
  } catch (error) {
    await app[Symbol.asyncDispose]()
    throw error
  }
}
