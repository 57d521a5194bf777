/**
 * `dmp demo`: the whole story against a server that it starts (needs dist/, which `npm test` builds), and that it notices
 * an answer which is not the one told.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { drawIdentity, drawPractitionerId } from '../../src/cli/demo/cast.ts'
import { shownPath } from '../../src/cli/demo/client.ts'
import {
  checkReply,
  checkSame,
  type Expected,
  type Reply,
  StoryMismatch,
} from '../../src/cli/demo/expectation.ts'
import { fillTemplate, ownLetter } from '../../src/cli/demo/letter.ts'
import { createNarrator } from '../../src/cli/demo/narrator.ts'
import { paintFor } from '../../src/cli/terminal/paint.ts'
import { isMatricule } from '../../src/dmp/identity/ins.ts'
import { isPractitionerId } from '../../src/dmp/identity/national-identifiers.ts'
import { operationOutcome } from '../../src/fhir/outcome.ts'
import fc from '../support/draws.ts'
import { type Run, runDmp } from '../support/run-dmp.ts'

function dmp(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const { DMP_URL: _, ...inherited } = process.env
  return runDmp(args, { ...inherited, ...environment })
}

t.test('the story holds, against a server of its own', async (t) => {
  const { code, out, err } = await dmp(['demo', '--own-server'])
  t.equal(err, '')
  t.equal(code, 0, out.slice(-2000))
  t.match(out, /26 steps in [\d.]+ s, every answer as told/)
  t.match(out, /every one of them as the hospital sent it/)
  t.match(out, /All 24 requests of this story that reached the record are there/)
  for (const error of ['autorisation-absente', 'professionnel-bloque', 'ins-cle', 'empreinte-fausse']) {
    t.match(out, error)
  }
  t.notMatch(out, /\b[12]\d{12}\d{2}\b/, 'no matricule is shown')
  t.notMatch(out, '\u001b[', 'no colours where nobody sees them')
})

t.test('a server that is not there is said in one line', async (t) => {
  const { code, out, err } = await dmp(['demo'], { DMP_URL: 'http://127.0.0.1:9/fhir' })
  t.equal(code, 69)
  t.equal(out, '')
  t.match(err, /^dmp demo: no dmp-fhir-server answers at http:\/\/127\.0\.0\.1:9\/fhir\n$/)
})

t.test('a file that is no discharge letter is refused before anything starts', async (t) => {
  const { code, err } = await dmp(['demo', '--cda', join(packageRoot(), 'package.json')])
  t.equal(code, 64)
  t.match(err, /^dmp demo: not a CDA document that can be read: /)
})

const refused: Reply = {
  status: 403,
  headers: {},
  bytes: Buffer.alloc(0),
  json: JSON.parse(
    operationOutcome(
      [{ severity: 'error', type: 'forbidden', error: 'autorisation-absente', rule: 'A1' }],
      'fr',
    ),
  ),
}

t.test('an answer that is not the one told stops the story, and says both', async (t) => {
  checkReply({ status: 403, error: 'autorisation-absente', rule: 'A1' }, refused)
  checkReply({ status: [200, 403] }, refused)
  const wrong: readonly [Expected, string][] = [
    [{ status: 200 }, 'expected 200, got 403 autorisation-absente A1'],
    [{ status: [200, 201] }, 'expected 200 or 201, got 403 autorisation-absente A1'],
    [
      { status: 403, error: 'professionnel-bloque' },
      'expected 403 professionnel-bloque, got 403 autorisation-absente A1',
    ],
    [{ status: 403, rule: 'A4' }, 'expected 403 A4, got 403 autorisation-absente A1'],
  ]
  for (const [expected, message] of wrong) {
    t.throws(() => checkReply(expected, refused), { name: 'StoryMismatch', message: `answer: ${message}` })
  }
  t.throws(
    () => checkReply({ status: 403, error: 'inconnu' }, { ...refused, json: undefined }),
    StoryMismatch,
  )
  t.throws(() => checkSame('documents', 1, 0), { message: 'documents: expected 1, got 0' })
  checkSame('documents', 1, 1)
})

t.test('what is drawn anew at each run is well-formed and differs', async (t) => {
  const drawn = Array.from({ length: 200 }, () => ({ id: drawPractitionerId(), ...drawIdentity() }))
  t.ok(drawn.every(({ id }) => isPractitionerId(id)))
  t.ok(drawn.every(({ matricule }) => isMatricule(matricule, 'TEST')))
  t.ok(drawn.every(({ matricule, birthTime }) => matricule.slice(1, 5) === birthTime.slice(2, 6)))
  t.ok(new Set(drawn.map(({ id }) => id)).size > 190)
  t.ok(new Set(drawn.map(({ matricule }) => matricule)).size > 190)
})

t.test('our own letter is a CDA whose header is complete, and no two are alike', async (t) => {
  const now = Date.UTC(2026, 10, 22, 12)
  const letter = ownLetter(now)
  const { header } = letter
  t.match(header, {
    code: { code: '11490-0' },
    effectiveTime: '2026-11-22T12:00:00+00:00',
    confidentiality: { code: 'N' },
    language: 'fr-FR',
    version: 1,
    patient: { family: 'DESMARAIS', firstGiven: 'HÉLÈNE', gender: 'female', birthPlace: '35238' },
    facilityType: { code: 'SA01' },
    body: { kind: 'structured' },
  })
  t.ok(header.mainService?.period.start && header.mainService.period.end)
  t.ok(header.mainService?.practiceSetting)
  t.equal(header.authors[0]?.ids[0]?.extension, letter.authorId)
  t.not(header.id.root, ownLetter(now).header.id.root)
  t.notMatch(letter.bytes.toString('utf8'), '{{')
})

t.test('a template and its values must name the same things', async (t) => {
  t.equal(fillTemplate('a {{b}} c {{b}}', { b: 'x' }), 'a x c x')
  t.throws(() => fillTemplate('{{b}} {{c}}', { b: 'x' }), /names c/)
  t.throws(() => fillTemplate('{{b}}', { b: 'x', c: 'y' }), /does not name c/)
})

t.test('the narration shows no identifier of a patient, whatever the query', async (t) => {
  const digits = fc.stringMatching(/^[12]\d{12}\d{2}$/)
  const before = fc.constantFrom('/Patient?identifier=', '/DocumentReference?type=a&patient.identifier=')
  let shown = 0
  fc.assert(
    fc.property(before, digits, fc.constantFrom('', '&_count=0'), (path, matricule, more) => {
      const lines: string[] = []
      const narrator = createNarrator(
        (line) => lines.push(line),
        paintFor({ FORCE_COLOR: '1' }, false, false),
      )
      const query = encodeURIComponent(`urn:oid:1.2.250.1.213.1.4.10|${matricule}`)
      narrator.call('somebody', { method: 'GET', path: `${path}${query}${more}` })
      shown += lines.length
      return !lines.join('').includes(matricule) && shownPath(`${path}${query}${more}`).endsWith(more)
    }),
  )
  t.ok(shown >= 100, 'not vacuous')
})

t.test('the template is ours alone: fictitious, and says so', async (t) => {
  const template = readFileSync(assetPath('demo', 'lettre-de-liaison.xml'), 'utf8')
  t.match(template, 'sont inventés')
  t.match(template, 'root="1.2.250.1.213.1.4.10"')
})
