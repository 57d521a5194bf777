/**
 * The data of a run, all through the server's own API: records, the authorisation of one GP in each, documents.
 * One token for each caller: its signature is verified once a minute, as for a client at work.
 */
import { requestToken } from '../../src/cli/request-token.ts'
import { qualifiedPatient } from '../../src/dmp/identity/qualified-patient.ts'
import { type PersonaOptions, personaFromOptions } from '../../src/sandbox/personas.ts'
import { closedLoop } from './closed-loop.ts'
import { HttpConnection, httpRequest } from './http-connection.ts'
import { matricule, STRUCTURE, submission, TEST_INS } from './synthetic-letter.ts'

export type Callers = Record<'gp' | 'structure' | 'administration', string>

const GP = '899700000005'
const SYSTEM = 'https://dmp-fhir.example/CodeSystem/choix-patient'
const WORKERS = 8

export async function callers(port: number): Promise<Callers> {
  const base = `http://127.0.0.1:${port}/fhir`
  const token = async (options: PersonaOptions): Promise<string> => {
    const read = personaFromOptions(options)
    if ('fault' in read) throw new Error(read.fault)
    return requestToken(base, read.persona)
  }
  return {
    gp: await token({ ps: GP, profession: '10', specialite: 'SM26', structure: '1750000001' }),
    structure: await token({ structure: STRUCTURE }),
    administration: await token({ administration: true }),
  }
}

/** Opens the records and has the GP declare itself authorised in each. */
export async function openRecords(port: number, as: Callers, count: number): Promise<void> {
  await withConnections(port, WORKERS, (connections) =>
    closedLoop({ workers: WORKERS, pieces: count }, async (worker, n) => {
      const send = sender(connections, worker)
      const target = `/fhir/Patient?identifier=${encodeURIComponent(`${TEST_INS}|${matricule(n)}`)}`
      await send(201, httpRequest('PUT', target, headers(as.administration), JSON.stringify(patient(n))))
      await send(
        201,
        httpRequest('POST', '/fhir/Consent', headers(as.gp), JSON.stringify(consentOf(matricule(n), GP))),
      )
    }),
  )
}

export function pushRequest(
  as: Callers,
  record: number,
  number: string,
  labels: readonly string[] = [],
): string {
  return httpRequest('POST', '/fhir/', headers(as.structure), submission(matricule(record), number, labels))
}

/** The same with a PDF in place of the letter. */
export function pushOf(as: Callers, record: number, number: string, pdf: Buffer): Buffer {
  const body = submission(matricule(record), number, [], { bytes: pdf, contentType: 'application/pdf' })
  return Buffer.from(httpRequest('POST', '/fhir/', headers(as.structure), body))
}

export function readRequest(as: Callers, path: string): Buffer {
  return Buffer.from(httpRequest('GET', path, { authorization: `Bearer ${as.gp}` }))
}

/** Pushes documents into the records in turn. @returns the ids of the DocumentReferences */
export async function pushDocuments(
  port: number,
  as: Callers,
  records: number,
  count: number,
): Promise<string[]> {
  return (await pushAll(port, as, records, count, '1')).map(({ document }) => document)
}

export type Pushed = { readonly document: string; readonly binary: string }

/** @param series tells the documents of one call from those of another */
export async function pushAll(
  port: number,
  as: Callers,
  records: number,
  count: number,
  series: string,
  labels: readonly string[] = [],
): Promise<Pushed[]> {
  const pushed: Pushed[] = []
  await withConnections(port, WORKERS, (connections) =>
    closedLoop({ workers: WORKERS, pieces: count }, async (worker, n) => {
      const request = pushRequest(as, n % records, `${series}.${n}`, labels)
      const body = await sender(connections, worker)(200, request)
      pushed[n] = { document: placeOf(body, 'DocumentReference'), binary: placeOf(body, 'Binary') }
    }),
  )
  return pushed
}

/** PDFs of so many bytes, one in each record. @param series tells the documents of one call from those of another */
export async function pushLarge(
  port: number,
  as: Callers,
  count: number,
  bytes: number,
  series = '4',
): Promise<Pushed[]> {
  const pushed: Pushed[] = []
  await withConnections(port, 1, ([connection]) =>
    closedLoop({ workers: 1, pieces: count }, async (_, n) => {
      const answer = await connection?.send(pushOf(as, n, `${series}.${n}`, pdfOfBytes(bytes, n)))
      if (answer?.status !== 200) throw new Error(`A large push was answered ${answer?.status}`)
      const body = answer.body.toString()
      pushed.push({ document: placeOf(body, 'DocumentReference'), binary: placeOf(body, 'Binary') })
    }),
  )
  return pushed
}

/** Of bytes that no other has: nothing is deduplicated. */
export function pdfOfBytes(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size, `${seed} `)
  bytes.write(`%PDF-1.7 ${seed}\n`)
  return bytes
}

function placeOf(body: string, type: string): string {
  const id = new RegExp(`"location":"${type}/([^/"]+)`).exec(body)?.[1]
  if (id === undefined) throw new Error(`A push without the place of its ${type}`)
  return id
}

export async function withConnections<T>(
  port: number,
  count: number,
  work: (connections: readonly HttpConnection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(port)))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

function sender(connections: readonly HttpConnection[], worker: number) {
  return async (expected: number, request: string): Promise<string> => {
    const connection = connections[worker]
    if (!connection) throw new Error('A worker without a connection')
    const { status, body } = await connection.send(request)
    if (status !== expected)
      throw new Error(`${status} instead of ${expected}: ${body.toString().slice(0, 500)}`)
    return body.toString()
  }
}

function headers(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
}

function patient(n: number): unknown {
  return qualifiedPatient(
    { system: TEST_INS, value: matricule(n) },
    {
      family: 'ESSAI',
      firstGiven: 'CAMILLE',
      birthGivenNames: 'CAMILLE ANNE',
      gender: 'female',
      birthDate: '1979-03-28',
      birthPlace: '99999',
    },
  )
}

/** The declaration of a professional that it is authorised (TD0.3). */
export function consentOf(ins: string, practitioner: string): unknown {
  const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
  const identifier = { system: 'urn:oid:1.2.250.1.71.4.2.1', value: practitioner }
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coded(SYSTEM, 'autorisation')],
    patient: { reference: `Patient?identifier=${TEST_INS}|${ins}` },
    policyRule: coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    provision: {
      type: 'permit',
      actor: [
        {
          role: coded('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'),
          reference: { identifier },
        },
      ],
    },
  }
}
