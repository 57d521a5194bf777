/** `dmp explain` against a running server: what it prints, and with which exit code it ends. */
import tap from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { testApp } from '../support/app.ts'
import { gp, matricule, patientPersona } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'

async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const out: string[] = []
  const err: string[] = []
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), env }
  const code = await commandLine(['explain', ...args], io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

tap.test('explains a request line by line, and ends as the request would', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { binaryId } = await record.push()
  const env = { DMP_URL: app.base, DMP_TOKEN: await app.token(gp) }
  const request = ['GET', `/fhir/Binary/${binaryId}`]
  const denied = await run(request, env)
  t.equal(denied.code, 1)
  t.match(denied.out, /^retrieve-document, mode normal, portée Binary\.r$/m)
  t.match(denied.out, /^read-content: refusé$/m)
  t.match(denied.out, /^ {2}A1 {3}refuse {9}Ce dossier ne vous autorise pas/m)
  t.match(denied.out, /^ {2}A8 {3}non examinée/m)
  const emergency = ['--mode', 'bris_de_glace', '--motif', 'Patiente inconsciente', '--langue', 'en']
  const permitted = await run([...request, ...emergency, '--type', '11490-0'], env)
  t.equal(permitted.code, 0)
  t.match(permitted.out, /^read-content: permitted \(type may be read\)$/m)
  t.match(permitted.out, /^ {2}A8 {3}passes {9}Bris de glace/m)
  t.match(permitted.out, /^ {2}H1 {3}narrows {8}\d+ types of documents/m)
  const json = await run([...request, '--json'], env)
  t.equal(json.code, 1)
  t.equal(JSON.parse(json.out).resourceType, 'Parameters')
  const token = await app.token(patientPersona(matricule(2)))
  const unknown = await run(['--token', token, ...request], { DMP_URL: app.base })
  t.equal(unknown.code, 1)
  t.match(unknown.err, /^dmp explain: .*\(status 404\)$/)
  t.equal(unknown.out, '')
  t.equal((await storedTraces(app.engine.db, 'explain-request')).length, 4, 'each leaves its trace')
})

tap.test('wrong usage and a server that is not there', async (t) => {
  const secret = 'eyJhbGciOi.secret'
  const cases = [
    [[], 64],
    [['GET', '/fhir/Patient/1'], 64],
    [['--token', secret, 'GET'], 64],
    [['--token', secret, 'GET', '/a', '/b'], 64],
    [['--token', secret, '--langue', 'de', 'GET', '/a'], 64],
    [['--token', secret, '--unknown', 'GET', '/a'], 64],
    [['--token', secret, 'GET', '/a'], 69],
  ] as const
  for (const [args, code] of cases) {
    const ended = await run(args, { DMP_URL: 'http://127.0.0.1:9/fhir' })
    t.equal(ended.code, code, args.join(' '))
    t.not(ended.err, '')
    t.notMatch(ended.err, /secret/)
  }
  t.equal((await run(['--token', secret, 'GET', '/a'], { DMP_URL: 'nowhere' })).code, 64)
  const help = await run(['--help'], {})
  t.equal(help.code, 0)
  t.match(help.out, /^usage: dmp explain/)
})
