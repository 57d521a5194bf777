/**
 * `dmp push` against a server: every kind of file it takes, what it is told when something is wrong, and that nothing is sent
 * twice. The first run, and the one that is stopped, are processes as their users start them; all others are run in this one.
 * @see docs/push.md
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { DocumentReference } from '@medplum/fhirtypes'
import t from 'tap'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { dmpHere } from '../support/dmp-here.ts'
import { verdict } from '../support/http-client.ts'
import { gp, hospital, hospitalId, knownIns, matricule } from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../support/record.ts'
import { type Run, runDmp } from '../support/run-dmp.ts'
import { sharedData } from '../support/shared-data.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

type Event = { readonly event: string; readonly file?: string; readonly [name: string]: unknown }
type Pushed = {
  readonly code: number | null
  readonly events: readonly Event[]
  readonly err: string
  readonly end: Event
}

function folder(t: { teardown: (act: () => void) => void }): string {
  const path = mkdtempSync(join(tmpdir(), 'push-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

type Runs = (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<Run>

async function push(base: string, args: readonly string[], run: Runs = dmpHere): Promise<Pushed> {
  const { code, out, err } = await run(['push', '--json', ...args], { PATH: process.env.PATH, DMP_URL: base })
  const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event]))
  return { code, events, err, end: events.find(({ event }) => event === 'end') ?? { event: 'none' } }
}

const asHospital = async (at: TestApp): Promise<string[]> => ['--token', await at.token(hospital)]

/** Documents in all records. */
const stored = async (): Promise<number> => (await app.stored()).document ?? 0

/** Outcome and reasons of each file, by its name. */
function outcomes({ events }: Pushed): Record<string, string> {
  return Object.fromEntries(
    events.flatMap(({ event, file, outcome, reasons }) => {
      if (event !== 'document' || file === undefined) return []
      const codes = Array.isArray(reasons) ? reasons.map((reason) => reason.code) : []
      return [[basename(file), [outcome, ...codes].join(' ')]]
    }),
  )
}

/** Of all tests, each in a record of its own. */
const app = await testApp()
t.teardown(() => app[Symbol.asyncDispose]())

async function record(ins: InsIdentifier, at = app): Promise<TestRecord> {
  const opened = await openTestRecord(at, ins)
  const chosen = await opened.choose('autorisation', gp.nationalId ?? '')
  if (chosen.status !== 201) throw new Error(verdict(chosen))
  return opened
}

const skip = sharedData('cda') === undefined ? 'the reference data is not there' : false

t.test('the documents of the ANS, by ITI-65 alone and in lots, and by ITI-105', { skip }, async (t) => {
  await record(knownIns)
  const cda = sharedData('cda') ?? ''
  const names = readdirSync(cda).filter((name) => name.endsWith('.xml'))
  const documents = folder(t)
  for (const name of names) copyFileSync(join(cda, name), join(documents, name))
  const journal = (name: string) => ['--journal', join(documents, name)]
  const first = await push(app.base, [...(await asHospital(app)), ...journal('.a'), documents], runDmp)
  t.match(first, { code: 0, end: { sent: 5, refused: 0, requests: 5, finished: true } })
  const again = await push(app.base, [...(await asHospital(app)), ...journal('.a'), documents])
  t.match(again, { code: 0, end: { known: 5, sent: 0, requests: 0 } }, 'a second run sends nothing')
  const lots = await push(app.base, [...(await asHospital(app)), '--batch', '5', ...journal('.b'), documents])
  t.match(lots, { code: 0, end: { there: 5, sent: 0, requests: 1 } }, 'without the journal the server knows')
  const simple = await push(app.base, [...(await asHospital(app)), '--simple', ...journal('.c'), documents])
  t.match(simple, { code: 0, end: { there: 5, sent: 0, requests: 5 } })
  const found = foundDocuments(await app.as(gp).get(`/DocumentReference?${byIns(knownIns)}`))
  t.equal(found.length, 5)
  for (const { masterIdentifier, content, authenticator, custodian, context } of found) {
    const { size, url } = content[0]?.attachment ?? {}
    t.ok(custodian && context?.sourcePatientInfo && context.facilityType, masterIdentifier?.value ?? '')
    const bytes = await app.as(gp).get(`/${url}`, { accept: 'text/xml' })
    const sent = names.find((name) => readFileSync(join(cda, name)).equals(bytes.bytes))
    t.ok(sent, 'byte for byte')
    t.equal(bytes.bytes.length, size)
    // The patient signs his vaccinations; no professional does.
    t.equal(authenticator === undefined, sent?.startsWith('VAC') ?? false)
  }

  await using second = await testApp()
  await record(knownIns, second)
  const published = await push(second.base, [
    ...(await asHospital(second)),
    '--simple',
    ...journal('.d'),
    documents,
  ])
  t.match(published, { code: 0, end: { sent: 5, refused: 0 } }, 'ITI-105 to a server that has none')
})

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from([0, 255, 254, 10, 13, 0])])

t.test(
  'PDF, image and text with what is said beside them; a changed file; what is refused, and why',
  async (t) => {
    const { ins } = await record(matricule(11))
    const before = await stored()
    const documents = folder(t)
    const say = (name: string, value: object) => writeFileSync(join(documents, name), JSON.stringify(value))
    say('push.json', {
      patient: {
        ins: ins.value,
        oid: ins.system.slice('urn:oid:'.length),
        family: 'PAT-TROIS',
        firstGiven: 'DOMINIQUE',
        gender: 'female',
        birthDate: '1979-03-28',
      },
      author: {
        ps: defaultAuthor,
        structure: hospitalId,
        structureName: "Hôpital d'essai",
        speciality: 'G15_10/SM26',
      },
      facility: 'SA01',
      setting: 'ETABLISSEMENT',
      type: '11490-0',
      date: '2026-11-20T10:00:00+01:00',
      title: 'Lettre',
    })
    writeFileSync(join(documents, 'letter.pdf'), PDF)
    say('letter.json', { title: 'Lettre de sortie', labels: ['MASQUE_PS'] })
    writeFileSync(join(documents, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]))
    const ofPhoto = { title: 'Photographie', date: '2026-11-20', identifier: 'urn:oid:1.2.250.1.999.5.1' }
    writeFileSync(join(documents, 'photo.jpg.json'), `\uFEFF${JSON.stringify(ofPhoto)}`)
    writeFileSync(join(documents, 'note.txt'), 'Patiente vue ce jour.\n')
    writeFileSync(join(documents, 'wrong.pdf'), 'no PDF')
    writeFileSync(join(documents, 'fake.pdf'), Buffer.from([1, 2, 3, 0, 4]))
    writeFileSync(join(documents, 'form.pdf'), PDF)
    say('form.json', { patient: { ins: '1', name: 'X' }, colour: 'red' })
    writeFileSync(join(documents, 'type.rtf'), '{\\rtf1 x}')
    say('type.json', { type: '00000-0' })
    writeFileSync(join(documents, 'empty.pdf'), '')
    writeFileSync(join(documents, 'notes.docx'), 'x')
    writeFileSync(join(documents, '.hidden.pdf'), PDF)
    writeFileSync(
      join(documents, 'stranger.xml'),
      syntheticCda({ ins: matricule(2), uniqueId: '1.2.250.1.999.5.2' }),
    )
    writeFileSync(join(documents, 'broken.xml'), '<ClinicalDocument xmlns="urn:hl7-org:v3"><id')
    const report = join(folder(t), 'report.json')
    const args = [...(await asHospital(app)), '--report', report, documents]
    const dry = await push(app.base, ['--dry-run', documents])
    t.match(dry, { code: 1, end: { ready: 5, refused: 5 } })
    t.equal(await stored(), before, '--dry-run sends nothing')

    const first = await push(app.base, args)
    t.same(outcomes(first), {
      'letter.pdf': 'sent',
      'photo.jpg': 'sent',
      'note.txt': 'sent',
      // Text it is, and named so.
      'wrong.pdf': 'sent',
      'fake.pdf': 'refused metadata',
      'form.pdf': 'refused metadata metadata metadata',
      'type.rtf': 'refused metadata',
      'empty.pdf': 'refused file',
      'stranger.xml': 'refused inconnu',
      'broken.xml': 'refused cda',
    })
    t.match(first, { code: 1, end: { sent: 4, refused: 6, passedBy: 1, finished: true, requests: 5 } })
    const [stranger] = first.events.filter(({ file }) => file?.endsWith('stranger.xml'))
    t.match(
      stranger?.reasons,
      [{ code: 'inconnu', text: /.+/, at: /subject/ }],
      'the server says why, and where',
    )
    const told = JSON.parse(readFileSync(report, 'utf8'))
    t.match(told, { counts: { sent: 4, refused: 6 }, finished: true, passedBy: 1 })
    t.notMatch(JSON.stringify(told), new RegExp(ins.value), 'no INS in a report')
    t.notMatch(
      readFileSync(first.end.journal as string, 'utf8'),
      /letter|27903|PAT-TROIS/,
      'nor in a journal',
    )

    const found = foundDocuments(
      await app.as(hospital).get(`/DocumentReference?identifier=urn:oid:1.2.250.1.999.5.1&${byIns(ins)}`),
    )
    t.match(found[0], {
      type: { coding: [{ code: '11490-0' }] },
      category: [{ coding: [{ code: '10' }] }],
      content: [{ attachment: { contentType: 'image/jpeg', title: 'Photographie', creation: '2026-11-20' } }],
    })

    say('note.txt.json', { labels: ['MASQUE_PS'] })
    const hiding = await push(app.base, args)
    t.match(outcomes(hiding), { 'letter.pdf': 'known', 'note.txt': 'refused etiquette-non-posee' })
    t.match(outcomes(await push(app.base, [...args, '--simple'])), {
      'letter.pdf': 'known',
      'note.txt': 'refused etiquette-non-posee',
    })
    rmSync(join(documents, 'note.txt.json'))

    writeFileSync(join(documents, 'letter.pdf'), Buffer.concat([PDF, Buffer.from('changed')]))
    writeFileSync(join(documents, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 9]))
    const second = await push(app.base, args)
    t.match(outcomes(second), {
      'letter.pdf': 'refused changed',
      'photo.jpg': 'refused changed',
      'note.txt': 'known',
    })
    t.equal(await stored(), before + 4)
    writeFileSync(join(documents, 'letter-2.pdf'), Buffer.concat([PDF, Buffer.from('changed')]))
    say('letter-2.json', { replaces: 'urn:oid:1.2.250.1.999.5.1', title: 'Lettre corrigée' })
    const third = await push(app.base, args)
    t.match(outcomes(third), { 'letter-2.pdf': 'sent' }, 'a new version under a name of its own')
    const replaced = await app.as(gp).get(`/DocumentReference?status=superseded&${byIns(ins)}`)
    t.equal(foundDocuments(replaced).length, 1)
  },
)

t.test(
  'one fault in a lot is not the fault of the others; a replacement named before what it replaces',
  async (t) => {
    const { ins } = await record(matricule(12))
    const documents = folder(t)
    for (let i = 0; i < 6; i++) {
      const type = i === 3 ? 'REMB' : '11490-0'
      const typeSystem = i === 3 ? '1.2.250.1.213.1.1.4.12' : '2.16.840.1.113883.6.1'
      const cda = syntheticCda({ ins, uniqueId: `1.2.250.1.999.6.${i}`, type, typeSystem })
      writeFileSync(join(documents, `${i}.xml`), cda)
    }
    const newer = syntheticCda({ ins, uniqueId: '1.2.250.1.999.6.9', text: 'corrigée' })
      .toString()
      .replace(
        '<componentOf>',
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.6.5"/></parentDocument></relatedDocument><componentOf>',
      )
    writeFileSync(join(documents, '0-newer.xml'), newer)
    const pushed = await push(app.base, [
      ...(await asHospital(app)),
      '--batch',
      '6',
      '--concurrency',
      '1',
      documents,
    ])
    t.match(outcomes(pushed), {
      '0.xml': 'sent',
      '3.xml': /^refused (?:type-reserve|cda-|type-)/,
      '5.xml': 'sent',
      '0-newer.xml': 'sent',
    })
    t.match(pushed, { code: 1, end: { sent: 6, refused: 1 } })
  },
)

type Front = {
  readonly base: string
  readonly server: Server
  readonly asked: { at: number; status: number }[]
}

/** A real HTTP front before the server, that answers some requests itself. */
async function front(
  app: TestApp,
  own: (n: number, authorization: string) => { status: number; retryAfter?: string } | 'drop' | undefined,
): Promise<Front> {
  const asked: Front['asked'] = []
  const server = createServer((incoming, answer) => {
    const mine = own(asked.length, incoming.headers.authorization ?? '')
    asked.push({ at: Date.now(), status: typeof mine === 'object' ? mine.status : 0 })
    if (mine === 'drop') {
      incoming.resume().on('end', () => incoming.socket.destroy())
    } else if (mine) {
      const after = mine.retryAfter === undefined ? {} : { 'retry-after': mine.retryAfter }
      incoming.resume().on('end', () => answer.writeHead(mine.status, after).end())
    } else {
      const onward = request(
        `${new URL(app.base).origin}${incoming.url}`,
        { method: incoming.method, headers: incoming.headers },
        (got) => {
          answer.writeHead(got.statusCode ?? 500, got.headers)
          got.pipe(answer)
        },
      )
      incoming.pipe(onward)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { base: `http://127.0.0.1:${address.port}/fhir`, server, asked }
}

t.test('429 and 503 with Retry-After, lost answers, a token that ends', async (t) => {
  const { ins } = await record(matricule(13))
  const before = await stored()
  const documents = folder(t)
  for (let i = 0; i < 12; i++)
    writeFileSync(join(documents, `${i}.xml`), syntheticCda({ ins, uniqueId: `1.2.250.1.999.7.${i}` }))
  const good = await app.token(hospital)
  const { base, server, asked } = await front(app, (n, authorization) => {
    if (n === 2) return { status: 429, retryAfter: '2' }
    if (n === 7) return { status: 503, retryAfter: new Date(Date.now() + 2_500).toUTCString() }
    if (n === 10 || n === 11) return 'drop'
    return authorization === `Bearer ${good}` ? undefined : { status: 401 }
  })
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  // The first token it prints has ended already.
  const command = `if [ -e ${documents}/.asked ]; then echo ${good}; else touch ${documents}/.asked; echo old; fi`
  const pushed = await push(base, ['--token-command', command, '--concurrency', '1', documents])
  t.match(pushed, { code: 0, end: { failed: 0, refused: 0, finished: true } })
  t.equal(Number(pushed.end.sent) + Number(pushed.end.there), 12)
  t.equal(await stored(), before + 12, 'each once')
  for (const [n, least] of [
    [2, 2_000],
    [7, 1_000],
  ] as const) {
    const [asker, next] = [asked[n], asked[n + 1]]
    t.ok(
      asker && next && next.at - asker.at >= least,
      `nothing comes before it was asked for, after ${asker?.status}`,
    )
  }
  t.ok(pushed.events.filter(({ event }) => event === 'waiting').length >= 4, 'told')

  writeFileSync(join(documents, 'late.xml'), syntheticCda({ ins, uniqueId: '1.2.250.1.999.7.99' }))
  const refused = await push(base, ['--token', 'old', documents])
  t.match(refused, { code: 75, end: { finished: false, gaveUp: /token is not accepted/, known: 12 } })
})

t.test('stopped by Ctrl-C: what is under way ends, and the next run goes on', async (t) => {
  const { ins } = await record(matricule(14))
  const documents = folder(t)
  for (let i = 0; i < 5; i++)
    writeFileSync(join(documents, `${i}.xml`), syntheticCda({ ins, uniqueId: `1.2.250.1.999.8.${i}` }))
  const token = await asHospital(app)
  const { base, server } = await front(app, (n) => (n >= 2 ? { status: 503, retryAfter: '600' } : undefined))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const { spawn } = await import('node:child_process')
  const { assetPath } = await import('../../src/asset-path.ts')
  const child = spawn(
    process.execPath,
    [assetPath('cli.js'), 'push', '--json', '--concurrency', '1', ...token, documents],
    {
      env: { PATH: process.env.PATH, DMP_URL: base },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!out.includes('"waiting"') && text.includes('"waiting"')) child.kill('SIGINT')
    out += text
  })
  const begin = Date.now()
  const code = await new Promise((resolve) => child.once('close', resolve))
  t.equal(code, 75)
  t.ok(Date.now() - begin < 300_000, 'it does not wait for its wait')
  t.match(out, /"sent":2,.*"finished":false/)
  const journals = ['--journal', join(documents, `.dmp-push-${new URL(base).host.replace(':', '-')}.jsonl`)]
  t.match(await push(app.base, [...token, ...journals, documents]), {
    code: 64,
    err: /journal of a push to another server/,
  })
  const rest = await push(app.base, [...token, documents])
  t.match(rest, { code: 0, end: { sent: 3, there: 2 } })
})

/** The message of a hospital that knows the profile; each part can be replaced. */
function message(
  cda: Buffer,
  {
    kind = 'MDM^T02^MDM_T02',
    order = 'NW',
    status = 'F',
    ins = '',
    number = '',
    parent = '',
    flags = {},
    id = 'M1',
  }: {
    readonly kind?: string
    readonly order?: string
    readonly status?: string
    readonly ins?: string
    readonly number?: string
    readonly parent?: string
    readonly flags?: Readonly<Record<string, 'Y' | 'N'>>
    readonly id?: string
  },
): string {
  const said = { MASQUE_PS: 'N', INVISIBLE_PATIENT: 'N', INVISIBLE_REP_LEGAUX: 'N', DESTDMP: 'Y', ...flags }
  return [
    `MSH|^~\\&|RIS|Hôpital A|PFI|Hôpital A|20261120100000||${kind}|${id}|P|2.6|||||FRA|8859/15|||2.1^CISIS_CDA_HL7_V2`,
    'EVN||20261120100000',
    `PID|||${ins}^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS~123^^^HOP&1.2.3&ISO^PI||PAT-TROIS^DOMINIQUE^^^^^L||19790328|F`,
    'PV1||I',
    `ORC|${order}`,
    'OBR|1|||11490-0^Lettre de liaison^LN',
    ...(kind.startsWith('MDM') ? [`TXA|1|11490-0|TEXT|||||||||${number}|${parent}||||AU`] : []),
    `OBX|1|ED|11490-0^Lettre de liaison^LN||^text^XML^Base64^${cda.toString('base64')}||||||${status}`,
    `PRT||UC||SB^Send by^participation|${defaultAuthor}^MEDECIN^ANNE^^^^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO^D^^^RPPS|||Hôpital A^^^^^ASIP-SANTE-ST&1.2.250.1.71.4.2.2&ISO^IDNST^^^${hospitalId}`,
    ...Object.entries(said).map(
      ([code, value], i) => `OBX|${i + 2}|CWE|${code}^x^MetaDMPMSS||${value}^^expandedYes-NoIndicator||||||F`,
    ),
    '',
  ].join('\r')
}

t.test(
  'HL7 v2: deposits, replacements and deletions in their order, each message acknowledged',
  async (t) => {
    const { ins } = await record(matricule(15))
    const oid = (n: number): string => `1.2.250.1.999.9.${n}`
    const cda = (n: number) => syntheticCda({ ins, uniqueId: oid(n), text: `é ${n}` })
    const own = { ins: ins.value }
    const messages = [
      message(cda(1), { ...own, id: 'A1', number: oid(1), flags: { MASQUE_PS: 'Y' } }),
      message(cda(2), {
        ...own,
        id: 'A2',
        kind: 'MDM^T10^MDM_T02',
        order: 'RO',
        status: 'C',
        number: oid(2),
        parent: oid(1),
      }),
      message(cda(3), { ...own, id: 'A3', kind: 'ORU^R01^ORU_R01', flags: { INVISIBLE_REP_LEGAUX: 'Y' } }),
      message(cda(3), { ...own, id: 'A4', kind: 'ORU^R01^ORU_R01', order: 'CA', status: 'D' }),
      message(cda(4), { ...own, id: 'A5', flags: { DESTDMP: 'N' } }),
      // Refused: the event and OBX-11, PID-3, TXA-12, a secret connection, no CDA, another kind of message.
      message(cda(5), { ...own, id: 'E1', status: 'C' }),
      message(cda(5), { ...own, id: 'E2', ins: matricule(3).value }),
      message(cda(5), { ...own, id: 'E3', number: oid(6) }),
      message(cda(5), { ...own, id: 'E4', flags: { CONNEXION_SECRETE: 'Y' } }),
      message(Buffer.from('<x/>'), { ...own, id: 'E5' }),
      message(cda(5), { ...own, id: 'E6', kind: 'ADT^A01^ADT_A01' }),
      message(syntheticCda({ ins: matricule(4), uniqueId: oid(7) }), { ins: matricule(4).value, id: 'E7' }),
    ]
    const documents = folder(t)
    writeFileSync(join(documents, 'base64.er7'), message(cda(8), own).replace('^Base64^', '^Base64^!!!!'))
    // Framed by MLLP, as a listener writes them down.
    writeFileSync(
      join(documents, 'all.hl7'),
      Buffer.from(messages.map((text) => `\u000b${text}\u001c\r`).join(''), 'latin1'),
    )
    const acks = join(documents, 'acks')
    const token = await asHospital(app)
    const pushed = await push(app.base, ['--ack', acks, ...token, documents])
    t.same(outcomes(pushed), {
      'all.hl7#1': 'sent',
      'all.hl7#2': 'sent',
      'all.hl7#3': 'sent',
      'all.hl7#4': 'sent',
      'all.hl7#5': 'ignored hl7',
      'all.hl7#6': 'refused hl7-207',
      'all.hl7#7': 'refused hl7',
      'all.hl7#8': 'refused hl7',
      'all.hl7#9': 'refused hl7-207',
      'all.hl7#10': 'refused cda',
      'all.hl7#11': 'refused hl7-200',
      'all.hl7#12': 'refused inconnu',
      'base64.er7#1': 'refused hl7',
    })
    t.equal(pushed.code, 1)
    const lines = (n: number): string[] => {
      const name = readdirSync(acks).find((file) => file.endsWith(`.${n}.ack`)) ?? ''
      return readFileSync(join(acks, name)).toString('latin1').split('\r')
    }
    t.match(
      lines(1)[0],
      /^MSH\|\^~\\&\|PFI\|Hôpital A\|RIS\|Hôpital A\|\d{14}\+0000\|\|ACK\^T02\^ACK\|[0-9a-f]+\|P\|2\.6\|\|\|\|\|FRA\|8859\/15$/,
    )
    t.same(lines(1).slice(1), ['MSA|AA|A1', ''])
    t.same(lines(5)[1], 'MSA|AA|A5')
    t.same(lines(6)[1], 'MSA|AE|E1')
    t.match(lines(6)[2], /^ERR\|\|OBX\^1\^11\|207\^Application internal error\^messageErrorCondition\|E\|/)
    t.match(
      lines(12)[2],
      /^ERR\|\|.*\|207\^.*\|E\|inconnu\^\^https:\/\/dmp-fhir.example\/CodeSystem\/erreur\|/,
    )

    const find = async (n: number): Promise<DocumentReference | undefined> => {
      const query = `status=current,superseded,entered-in-error&identifier=urn:oid:${oid(n)}&${byIns(ins)}`
      return foundDocuments(await app.as(hospital).get(`/DocumentReference?${query}`))[0]
    }
    const [one, two, three] = [await find(1), await find(2), await find(3)]
    t.equal(one?.status, 'superseded')
    t.ok(one?.securityLabel?.some(({ coding }) => coding?.[0]?.code === 'MASQUE_PS'))
    t.match(two, { status: 'current', relatesTo: [{ code: 'replaces' }] })
    t.equal(three?.status, 'entered-in-error')
    const again = await push(app.base, ['--ack', acks, ...token, documents])
    t.match(again.end, { known: 4, sent: 0, refused: 8, requests: 1 }, 'only what was refused is asked again')
    t.same(lines(4)[1], 'MSA|AA|A4')
  },
)

t.test('wrong usage is 64, and says what to do', async (t) => {
  const documents = folder(t)
  writeFileSync(join(documents, 'a.xml'), '<x/>')
  mkdirSync(join(documents, 'b'))
  const nowhere = 'http://127.0.0.1:1/fhir'
  for (const [args, says] of [
    [[], /say what to push/],
    [[documents], /say one of --token/],
    [['--token', 'x', '--structure', 'y', documents], /say one of --token/],
    [['--token', 'x', join(documents, 'none')], /is not there/],
    [['--token', 'x\r', documents], /a blank or a line end/],
    [['--token', 'x', '--batch', '0', documents], /--batch/],
    [['--token', 'x', '--simple', '--batch', '3', documents], /--simple/],
    [['--token', 'x', '--cert', 'c', documents], /https/],
    [['--token', 'x', '--source-id', 'here', documents], /no OID/],
    [['--token=secret', '--colour', documents], /^(?!.*secret).*not known/],
  ] as const) {
    const { code, err } = await push(nowhere, args)
    t.equal(code, 64, args.join(' '))
    t.match(err, says)
  }
  t.ok(
    readdirSync(dirname(join(documents, 'a.xml'))).every((name) => !name.endsWith('.lock')),
    'no lock is left',
  )
  t.match(await dmpHere(['push', '--help']), { code: 0, out: /--token-command/ })
})
