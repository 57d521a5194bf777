/**
 * What notices say and to whom, without anything being sent: texts that betray nothing, addresses that cannot bring a header
 * of their own, what is withheld, what the settings refuse.
 * @see docs/notices.md, docs/policy.md A10
 */

import t from 'tap'
import { Trace } from '../../src/audit/trace.ts'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { readNoticeConfig } from '../../src/config/notices.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { isMailAddress, mailAddress } from '../../src/notices/mail-address.ts'
import { mailChannel, mailMessage } from '../../src/notices/mail-channel.ts'
import { mailText, noticeSubject, noticeText } from '../../src/notices/notice-text.ts'
import { documentOfKey, type Owed, withheldBecause } from '../../src/notices/withheld.ts'
import { noticeKinds } from '../../src/policy/decision.ts'
import fc from '../support/draws.ts'
import { newUuid } from '../support/stored-documents.ts'
import { testChain } from '../support/test-chain.ts'

const now = Date.parse('2026-11-22T17:00:00Z')
const from = { name: 'DMP', address: 'notices@dmp.example' }

t.test('each kind has its words, in French and in English, and says nothing of anybody', async (t) => {
  const said = new Set<string>()
  for (const kind of noticeKinds) {
    for (const recipient of ['patient', 'ps:899700000001']) {
      const { fr, en } = noticeText(kind, recipient)
      const text = mailText(kind, recipient, undefined)
      t.ok(text.indexOf(fr) > 0 && text.indexOf(en) > text.indexOf(fr), `${kind}: French, then English`)
      t.notMatch(text, /\d{4}|899700000001|\[object|undefined/, 'no number of anybody')
    }
    said.add(noticeText(kind, 'patient').fr)
  }
  t.equal(said.size, noticeKinds.length, 'a text for each')
  t.match(
    mailText('depot', 'patient', 'https://espace.example'),
    'sign in to your space: https://espace.example',
  )
  t.notMatch(noticeSubject, /urgence|emergency|consult|document/i, 'the subject does not say what happened')
})

t.test('an address is one plain address', async (t) => {
  for (const address of ['a@b.fr', 'anne.o-hara+dmp@sante.example.fr', "o'neil@xn--tlcom-bsab.fr"])
    t.ok(isMailAddress(address), address)
  const refused = [
    ...['', 'a', '@b.fr', 'a@', 'a@b', 'a@@b.fr', 'a b@c.fr', '"a b"@c.fr', 'a@b.fr,c@d.fr', 'a@b.fr;c@d.fr'],
    ...[
      '<a@b.fr>',
      'A <a@b.fr>',
      'a@b.fr\r\nBcc: c@d.fr',
      'a@b.fr\nRCPT TO:<c@d.fr>',
      'a@b.fr ',
      'a@[10.0.0.1]',
    ],
    ...['é@b.fr', 'a@bé.fr', '.a@b.fr', 'a..b@c.fr', 'a@-b.fr', 'a@b-.fr', `${'a'.repeat(65)}@b.fr`],
    `a@${'b.'.repeat(130)}fr`,
  ]
  for (const address of refused) t.notOk(isMailAddress(address), JSON.stringify(address).slice(0, 60))
})

t.test('which address of a Patient', async (t) => {
  const of = (...telecom: readonly object[]): string | undefined =>
    mailAddress(JSON.stringify({ resourceType: 'Patient', telecom }), now)
  const mail = (value: string, more: object = {}): object => ({ system: 'email', value, ...more })
  t.equal(mailAddress('{"resourceType":"Patient"}', now), undefined)
  t.equal(of({ system: 'phone', value: '0102030405' }, mail('a@b.fr')), 'a@b.fr')
  t.equal(of(mail('a@b.fr'), mail('c@d.fr')), 'a@b.fr', 'the first')
  t.equal(of(mail('a@b.fr'), mail('c@d.fr', { rank: 1 })), 'c@d.fr', 'or the preferred one')
  t.equal(of(mail('old@b.fr', { use: 'old' }), mail('c@d.fr')), 'c@d.fr')
  t.equal(of(mail('a@b.fr', { period: { end: '2026-11-21' } })), undefined, 'its time is over')
  t.equal(of(mail('a@b.fr', { period: { end: '2026-11-22' } })), 'a@b.fr', 'a day lasts until its end')
  t.equal(of(mail('a@b.fr', { period: { end: '2026' } })), 'a@b.fr', 'and so does a year')
  t.equal(of(mail('a@b.fr', { period: { end: '2026-10' } })), undefined)
  t.equal(of(mail('a@b.fr', { period: { start: '2026-12-01' } })), undefined, 'not yet')
  t.equal(of(mail('mailto:a@b.fr')), 'a@b.fr')
  t.equal(of(mail('not an address'), mail('c@d.fr')), 'c@d.fr', 'what cannot be written to is passed over')
  t.equal(of(mail('x@y.fr\r\nBcc: z@y.fr')), undefined)
})

t.test('no address brings a header of its own, whatever the Patient says', async (t) => {
  let sent = 0
  const part = fc.constantFrom(
    'a',
    'b.c',
    '@',
    '@x.fr',
    'é',
    ' ',
    '\r\n',
    '\n',
    '\0',
    '"',
    '<',
    '>',
    ',',
    ':',
    'Bcc: z@y.fr',
  )
  const junk = fc.array(part, { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(
      junk,
      fc.constantFrom('a@x.fr', 'b.c@x.fr', '@'),
      junk,
      async (before, middle, after) => {
        const value = [...before, middle, ...after].join('')
        const patient = JSON.stringify({ telecom: [{ system: 'email', value }] })
        const to = mailAddress(patient, now)
        if (to === undefined) return
        sent++
        const notice = { id: 'n' as Uuid, kind: 'depot', recipient: 'patient', recorded: now } as const
        const raw = (await mailMessage(notice, to, { from })).toString('latin1')
        const names = raw
          .slice(0, raw.indexOf('\r\n\r\n'))
          .replace(/\r\n[ \t]+/g, ' ')
          .split('\r\n')
          .map((line) => line.split(':')[0]?.toLowerCase())
        t.same(
          new Set(names),
          new Set([
            ...['from', 'to', 'subject', 'message-id', 'date', 'auto-submitted', 'content-language'],
            ...['content-type', 'content-transfer-encoding', 'mime-version'],
          ]),
        )
      },
    ),
    { numRuns: 3_000 },
  )
  t.ok(sent > 20, `not vacuous: ${sent}`)
})

t.test('what is owed and not told after all', async (t) => {
  const owed: Owed = {
    kind: 'depot',
    recipient: 'patient',
    noticesOfChanges: true,
    medecinTraitant: '',
    birthDate: '1979-03-28',
    invisiblePatient: false,
    invisibleLegal: false,
  }
  const because = (changes: Partial<Owed>): string | undefined =>
    withheldBecause({ ...owed, ...changes }, now)
  t.equal(because({}), undefined)
  t.equal(because({ noticesOfChanges: false }), 'turned-off')
  t.equal(because({ noticesOfChanges: false, kind: 'modification' }), 'turned-off')
  for (const kind of noticeKinds.filter((each) => !['depot', 'modification', 'rendez-vous'].includes(each)))
    t.equal(because({ noticesOfChanges: false, kind }), undefined, `${kind} cannot be turned off`)
  t.equal(because({ invisiblePatient: true }), 'hidden')
  t.equal(because({ invisibleLegal: true }), undefined, 'of age')
  t.equal(because({ invisibleLegal: true, birthDate: '2012-01-01' }), 'secret')
  const mt = { kind: 'bris_de_glace', recipient: 'ps:1' } as const
  t.equal(because({ ...mt, medecinTraitant: 'ps:1', noticesOfChanges: false }), undefined)
  t.equal(because({ ...mt, medecinTraitant: 'ps:2' }), 'not-medecin-traitant')
  t.equal(because(mt), 'not-medecin-traitant')
  t.equal(documentOfKey('depot DocumentReference/abc/1'), 'abc')
  t.equal(documentOfKey('rendu-visible DocumentReference/abc/2'), 'abc')
  for (const key of [
    'choix Consent/abc/1',
    'premier-acces ps:1',
    'annonce-a-venir abc',
    'bris_de_glace ps:1 s',
  ])
    t.equal(documentOfKey(key), undefined, key)
})

t.test('a mail goes to the patient alone: what is told to others has no address here', async (t) => {
  const server = { host: '127.0.0.1', port: 1, secure: false, requireTls: false }
  const patient = JSON.stringify({ telecom: [{ system: 'email', value: 'anne@sante.example' }] })
  const notice = { id: newUuid(), patientKey: newUuid(), trace: newUuid(), recorded: now, patient }
  const hand = (recipient: string) =>
    mailChannel({ server, from }).hand(
      { ...notice, kind: 'bris_de_glace', recipient },
      now,
      AbortSignal.timeout(60_000),
    )
  t.match(await hand('patient'), { outcome: 'failed' }, 'not vacuous: it was to be sent')
  for (const recipient of ['ps:899700000001', 'st:1750803447'])
    t.same(await hand(recipient), { outcome: 'no-address' }, recipient)
})

t.test('what was not done is not told; an access that found nothing was an access', async (t) => {
  const chain = testChain()
  const trace = new Trace({
    ...{ id: newUuid(now), recorded: now, interaction: 'change-document', requestId: '', network: '', chain },
  })
  trace.owes(noticeKinds.map((kind) => ({ key: kind, kind, recipient: 'patient' })))
  const told = (status: number): readonly string[] => trace.row(status, '').notices.map(({ kind }) => kind)
  t.same(told(200), noticeKinds)
  t.same(told(412), ['premier-acces', 'bris_de_glace', 'centre_15', 'annonce-a-venir'])
})

const secret = 's'.repeat(32)
const smtp = {
  DMP_NOTICE_SMTP_URL: 'smtp://u%40x:p%2Fw@mail.example',
  DMP_NOTICE_FROM: 'Dossier médical <notices@dmp.example>',
}
const hook = { DMP_NOTICE_WEBHOOK: 'https://hub.example/notices?x=1', DMP_NOTICE_WEBHOOK_SECRET: secret }

t.test('the settings', async (t) => {
  t.same(readNoticeConfig({}, true), { mail: undefined, webhook: undefined })
  t.same(readConfig({}).notices, { mail: undefined, webhook: undefined })
  const { mail, webhook } = readNoticeConfig(
    { ...smtp, ...hook, DMP_NOTICE_SITE: 'https://espace.example' },
    true,
  )
  t.same(mail, {
    server: {
      host: 'mail.example',
      port: 587,
      secure: false,
      requireTls: true,
      auth: { user: 'u@x', pass: 'p/w' },
    },
    from: { name: 'Dossier médical', address: 'notices@dmp.example' },
    site: 'https://espace.example',
  })
  t.equal(webhook?.url, hook.DMP_NOTICE_WEBHOOK)
  t.equal(webhook?.hosts.endpointFault('https://elsewhere.example/'), 'not-listed')
  const server = (url: string, production: boolean) =>
    readNoticeConfig({ ...smtp, DMP_NOTICE_SMTP_URL: url }, production).mail?.server
  t.match(server('smtps://mail.example:8465', true), { port: 8465, secure: true })
  t.match(server('smtps://mail.example', true), { port: 465 })
  t.match(server('smtp://127.0.0.1:2525', false), { requireTls: false }, 'for trying')
  t.match(server('smtp://127.0.0.1:2525', true), { requireTls: true }, 'never in production')
  t.match(server('smtp://mail.example', false), { requireTls: true }, 'nor over a network')
})

t.test('settings that are refused, by name and without what they hold', async (t) => {
  const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['DMP_NOTICE_SMTP_URL', { DMP_NOTICE_FROM: 'a@b.fr' }],
    ['DMP_NOTICE_SMTP_URL', { DMP_NOTICE_SITE: 'https://x.example' }],
    ['DMP_NOTICE_FROM', { DMP_NOTICE_SMTP_URL: 'smtp://mail.example' }],
    ...[
      'mail.example',
      'http://mail.example',
      'smtp://',
      'smtp://h/path',
      'smtp://h?x=1',
      'smtp://u@h',
      'smtp://%ZZ:p@h',
    ].map((url) => ['DMP_NOTICE_SMTP_URL', { ...smtp, DMP_NOTICE_SMTP_URL: url }] as const),
    ...[
      'nobody',
      'A <a@b.fr>\r\nBcc: c@d.fr',
      'A\r\nBcc: c@d.fr <a@b.fr>',
      '"A" <a@b.fr>',
      'a@b.fr, c@d.fr',
    ].map((sender) => ['DMP_NOTICE_FROM', { ...smtp, DMP_NOTICE_FROM: sender }] as const),
    ['DMP_NOTICE_SITE', { ...smtp, DMP_NOTICE_SITE: 'http://x.example' }],
    ['DMP_NOTICE_SITE', { ...smtp, DMP_NOTICE_SITE: 'https://x.example/\r\nx' }],
    ['DMP_NOTICE_WEBHOOK', { DMP_NOTICE_WEBHOOK_SECRET: secret }],
    ['DMP_NOTICE_WEBHOOK', { ...hook, DMP_NOTICE_WEBHOOK: 'http://hub.example/' }],
    ['DMP_NOTICE_WEBHOOK', { ...hook, DMP_NOTICE_WEBHOOK: 'http://127.0.0.1/' }],
    ['DMP_NOTICE_WEBHOOK', { ...hook, DMP_NOTICE_WEBHOOK: 'https://u:p@hub.example/' }],
    ['DMP_NOTICE_WEBHOOK_SECRET', { DMP_NOTICE_WEBHOOK: 'https://hub.example/' }],
    ['DMP_NOTICE_WEBHOOK_SECRET', { ...hook, DMP_NOTICE_WEBHOOK_SECRET: 'short' }],
    ['DMP_NOTICE_WEBHOOK_SECRET', { ...hook, DMP_NOTICE_WEBHOOK_SECRET: 'file:/nowhere' }],
  ]
  for (const [name, environment] of refused) {
    let message = ''
    try {
      readNoticeConfig(environment, true)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      message = error.message
    }
    t.match(message, new RegExp(`^${name}\\b`), JSON.stringify(environment))
    t.notMatch(message, /mail\.example|p%2Fw|hub\.example/)
  }
})
