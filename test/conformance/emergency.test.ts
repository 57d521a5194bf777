/**
 * Bris de glace and centre 15, told by the answers: who may, what is still refused, what every answer repeats; and what
 * accesses owe (A10), which stands in the database in the transaction of its trace.
 * @see docs/policy.md A3, A7 to A10, F11, H1
 */
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp as ownServer, type TestApp } from '../support/app.ts'
import { choice, provideBundle } from '../support/builders.ts'
import { verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  auditor,
  gp,
  hospital,
  hospitalId,
  nurse,
  occupationalDoctor,
  optician,
  otherGp,
  secretariat,
} from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

const UNKNOWN = '404 not-found inconnu'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const inMode = (mode: string, motive?: string) => ({
  'dmp-mode-acces': mode,
  ...(motive === undefined ? {} : { 'dmp-motif': encodeURIComponent(motive) }),
})
const brisDeGlace = inMode('bris_de_glace', 'Patiente inconsciente, traitement inconnu')
const centre15 = inMode('centre_15')
const regulator: Persona = { ...gp, regulation: true }
const search = ({ ins }: TestRecord): string => `/DocumentReference?${byIns(ins)}`

async function deny(app: TestApp, record: TestRecord, ...categories: string[]): Promise<void> {
  for (const category of categories) {
    const answer = await app.as(record.holder).post('/Consent', choice(category, record.id, { type: 'deny' }))
    if (answer.status !== 201) throw new Error(verdict(answer))
  }
}

tap.test(
  'bris de glace: a motive and a professional in person stand in for the authorisation (A8)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { documentId, binaryId } = await record.push()
    const at = `/Binary/${binaryId}`
    const ask = async (who: Persona, headers: Record<string, string>, path = at): Promise<string> =>
      verdict(await app.as(who).get(path, headers))
    t.equal(await ask(gp, {}), '403 forbidden autorisation-absente A1')
    t.equal(await ask(gp, brisDeGlace), '200')
    t.same(
      foundDocuments(await app.as(gp).get(search(record), brisDeGlace)).map(({ id }) => id),
      [documentId],
    )
    for (const motive of [undefined, '', 'urgence', ' '.repeat(20), 'x'.repeat(501)])
      t.equal(await ask(gp, inMode('bris_de_glace', motive)), '400 required motif-absent A8', `"${motive}"`)
    t.equal(await ask(gp, inMode('bris_de_glace', 'x'.repeat(500))), '200')
    const named: Persona = { ...gp, motive: 'Arrêt cardiaque sur la voie publique' }
    t.equal(await ask(named, inMode('bris_de_glace')), '200', 'the motive of the token')
    const refusals = [
      [hospital, '403 forbidden droit-fonctionnel F10'],
      [secretariat, '403 forbidden droit-fonctionnel F10'],
      [occupationalDoctor, '403 forbidden droit-fonctionnel F10'],
      [record.holder, '403 forbidden droit-fonctionnel F10'],
      [auditor, '403 forbidden droit-fonctionnel F10'],
      [optician, UNKNOWN],
    ] as const
    for (const [who, refused] of refusals) t.equal(await ask(who, brisDeGlace), refused, who.actor)
    t.equal(await ask(nurse, brisDeGlace), '200', 'the matrix opens the type to nurses')
    const denied = await record.push({ type: '75496-0' })
    t.equal(await ask(nurse, brisDeGlace, `/Binary/${denied.binaryId}`), UNKNOWN, 'and not that one (H1)')
    // What an emergency is not for: nothing is chosen in it, nor traces read.
    const own = choice('autorisation', record.id, { actor: idOf(gp) })
    t.equal(
      verdict(await app.as(gp).post('/Consent', own, brisDeGlace)),
      '403 forbidden droit-fonctionnel F2',
    )
    t.equal(
      await ask(gp, brisDeGlace, `/AuditEvent?patient=${record.id}`),
      '403 forbidden droit-fonctionnel T4',
    )
    // Feeding in an emergency needs no consultation, but the motive (A2, A8).
    const provided = provideBundle({ ins: record.ins, author: idOf(gp) })
    t.equal(
      verdict(await app.as(gp).post('', provided, inMode('bris_de_glace'))),
      '400 required motif-absent A8',
    )
    t.equal(verdict(await app.as(gp).post('', provided, brisDeGlace)), '200')
  },
)

tap.test('centre 15 needs the claim of the regulation (A9)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { binaryId } = await record.push()
  const at = `/Binary/${binaryId}`
  t.equal(verdict(await app.as(gp).get(at, centre15)), '403 forbidden regulation-absente A9')
  t.equal(verdict(await app.as(regulator).get(at, centre15)), '200')
  t.equal(
    verdict(await app.as(regulator).get(at)),
    '403 forbidden autorisation-absente A1',
    'in that mode only',
  )
  await record.choose('medecin-traitant', idOf(gp))
  t.equal(
    verdict(await app.as(regulator).get(at, centre15)),
    '403 forbidden droit-fonctionnel F10',
    'the médecin traitant has no centre 15',
  )
})

tap.test('the patient may object to either, and feeding goes on (A7, A2)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { binaryId } = await record.push()
  const at = `/Binary/${binaryId}`
  await deny(app, record, 'bris-de-glace')
  const opposed = '403 forbidden opposition-bris-de-glace A7'
  t.equal(verdict(await app.as(gp).get(at, brisDeGlace)), opposed, 'with the very next request')
  t.equal(verdict(await app.as(gp).get(search(record), brisDeGlace)), opposed)
  t.equal(verdict(await app.as(regulator).get(at, centre15)), '200', 'the other is untouched')
  await deny(app, record, 'centre-15')
  t.equal(verdict(await app.as(regulator).get(at, centre15)), '403 forbidden opposition-centre-15 A7')
  t.equal(
    verdict(await app.as(gp).post('', provideBundle({ ins: record.ins, author: idOf(gp) }), brisDeGlace)),
    '200',
  )
  await record.choose('autorisation', idOf(gp))
  t.equal(verdict(await app.as(gp).get(at)), '200', 'nor does it touch who is authorised')
})

tap.test('blocked, there is no emergency (A3); masked, only where the patient permits (F11)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const masked = await record.push({ labels: ['N', 'MASQUE_PS'], author: idOf(otherGp) })
  const archived = await record.push({ archived: true })
  const at = `/Binary/${masked.binaryId}`
  for (const [who, mode] of [
    [gp, brisDeGlace],
    [regulator, centre15],
  ] as const) {
    t.equal(verdict(await app.as(who).get(at, mode)), UNKNOWN, 'denied unless the patient permits')
    t.equal(verdict(await app.as(who).get(`/Binary/${archived.binaryId}`, mode)), '200', 'archived is read')
  }
  t.equal(verdict(await app.as(otherGp).get(at, brisDeGlace)), '200', 'its author reads it')
  const permit = choice('masques-en-urgence', record.id, { type: 'permit' })
  t.equal(verdict(await app.as(record.holder).post('/Consent', permit)), '201')
  t.equal(verdict(await app.as(gp).get(at, brisDeGlace)), '200')
  t.equal(verdict(await app.as(regulator).get(at, centre15)), '200')
  await record.choose('autorisation', idOf(gp))
  t.equal(verdict(await app.as(gp).get(at)), UNKNOWN, 'never in normal mode')
  await record.choose('blocage', idOf(gp))
  const blocked = '403 forbidden professionnel-bloque A3'
  for (const [who, mode] of [
    [gp, {}],
    [gp, brisDeGlace],
    [regulator, centre15],
  ] as const) {
    t.equal(verdict(await app.as(who).get(at, mode)), blocked)
    t.equal(verdict(await app.as(who).get(search(record), mode)), blocked)
  }
})

tap.test(
  'every answer in an emergency mode says so, refusals too; no answer in normal mode does',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { binaryId, documentId } = await record.push()
    const paths = [
      `/Binary/${binaryId}`,
      `/DocumentReference/${documentId}`,
      search(record),
      `/Patient/${record.id}`,
      `/Patient?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`,
      '/Binary/nowhere',
      `/AuditEvent?patient=${record.id}`,
      `/DocumentReference?${byIns(matricule(9))}`,
      '/DocumentReference?unknown=1',
      '/Observation/1',
    ]
    const statuses = new Set<number>()
    for (const [mode, headers] of [
      ['bris_de_glace', brisDeGlace],
      ['bris_de_glace', inMode('bris_de_glace')],
      ['centre_15', centre15],
      [undefined, {}],
    ] as const) {
      for (const path of paths) {
        for (const client of [app.as(gp), app.as(gp, { scope: 'user/Observation.r' })]) {
          const { status, headers: answered } = await client.get(path, headers)
          statuses.add(status)
          t.equal(answered['dmp-mode-acces'], mode, `${status} ${path}`)
        }
      }
    }
    t.same([...statuses].sort(), [200, 400, 403, 404], 'not vacuous')
  },
)

type Owed = {
  readonly key: string
  readonly kind: string
  readonly recipient: string
  readonly person: string
  readonly mode: string
  readonly motive: string
  /** Whether its trace was written by the same transaction. */
  readonly together: boolean
}

async function owed(app: TestApp, ...kinds: string[]): Promise<Owed[]> {
  return app.query<Owed>(
    `select n.key, n.kind, n.recipient, n.person, n.mode, n.motive, n.xmin = a.xmin as together
     from notice n join audit a on a.patient_key = n.patient_key and a.id = n.trace
     where n.kind = any ($1) order by n.recorded, n.key`,
    [kinds],
  )
}

tap.test(
  'an emergency is told to the patient and the médecin traitant, once for each session (A10)',
  async (t) => {
    await using app = await ownServer()
    const record = await openTestRecord(app, matricule(1))
    const { binaryId, documentId } = await record.push()
    await record.choose('medecin-traitant', idOf(otherGp))
    const session = (who: Persona, jti: string) => app.as(who, { claims: { jti } })
    const kinds = ['bris_de_glace', 'centre_15', 'premier-acces']
    t.same(await owed(app, ...kinds), [])
    await session(gp, 'one').get(`/Binary/${binaryId}`, inMode('bris_de_glace'))
    t.same(await owed(app, ...kinds), [], 'a refused access owes nothing')
    for (const path of [`/Binary/${binaryId}`, `/DocumentReference/${documentId}`, search(record)])
      t.equal(verdict(await session(gp, 'one').get(path, brisDeGlace)), '200')
    const first = await owed(app, ...kinds)
    t.same(
      first.map(({ kind, recipient }) => `${kind} ${recipient}`),
      ['bris_de_glace patient', `bris_de_glace ps:${idOf(otherGp)}`],
    )
    for (const notice of first) {
      t.equal(notice.together, true, 'with its trace, in one transaction')
      t.equal(notice.person, `ps:${idOf(gp)}`)
      t.equal(notice.mode, 'bris_de_glace')
      t.equal(notice.motive, 'Patiente inconsciente, traitement inconnu')
    }
    await session(gp, 'two').get(`/Binary/${binaryId}`, brisDeGlace)
    t.equal((await owed(app, ...kinds)).length, 4, 'another session is told anew')
    await session(regulator, 'two').get(`/Binary/${binaryId}`, centre15)
    t.equal((await owed(app, 'centre_15')).length, 2, 'and so is the other mode')
    // A structure's access in centre 15 is an emergency access as well.
    const dispatch: Persona = { ...hospital, regulation: true }
    t.equal(verdict(await session(dispatch, 'three').get(`/Patient/${record.id}`, centre15)), '200')
    const byStructure = (await owed(app, 'centre_15')).filter(({ key }) => key.includes(hospitalId))
    t.same(byStructure.map(({ recipient }) => recipient).sort(), ['patient', `ps:${idOf(otherGp)}`])
    await session(otherGp, 'four').get(`/Binary/${binaryId}`, brisDeGlace)
    const ofTraitant = (await owed(app, 'bris_de_glace')).filter(
      ({ person }) => person === `ps:${idOf(otherGp)}`,
    )
    t.same(
      ofTraitant.map(({ recipient }) => recipient),
      ['patient'],
      'nobody is told of oneself',
    )
  },
)

tap.test('a first consultation is told once, also over many requests at a time (A10)', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { binaryId } = await record.push()
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  t.equal(verdict(await app.as(otherGp).get(`/Binary/${binaryId}`)), '403 forbidden autorisation-absente A1')
  t.same(await owed(app, 'premier-acces'), [], 'a refused access is none')
  const answers = await Promise.all(Array.from({ length: 30 }, () => app.as(gp).get(`/Binary/${binaryId}`)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  await app.as(gp).get(search(record))
  const told = await owed(app, 'premier-acces')
  t.same(
    told.map(({ key, recipient, together }) => [key, recipient, together]),
    [[`premier-acces ps:${idOf(gp)}`, 'patient', true]],
  )
  await app.as(nurse).get(search(record))
  t.equal((await owed(app, 'premier-acces')).length, 2, 'each professional on its own')
  await app.as(record.holder).get(search(record))
  t.equal((await owed(app, 'premier-acces')).length, 2, 'the holder is nobody to be told of')
  const other = await openTestRecord(app, matricule(2))
  await other.choose('autorisation', idOf(gp))
  await app.as(gp).get(search(other))
  t.equal((await owed(app, 'premier-acces')).length, 3, 'each patient on their own')
})
