/**
 * HL7 v2 messages as bytes: separators, escapes and character sets, messages found in files of any shape, what the
 * CI-SIS profile makes of them, and their acknowledgement read back.
 * @see src/hl7v2/transmission.ts
 */

import t from 'tap'
import { acknowledgement } from '../../src/hl7v2/acknowledgement.ts'
import { characterSetOf } from '../../src/hl7v2/character-set.ts'
import { escapeText, type Separators, unescapeText } from '../../src/hl7v2/escapes.ts'
import { MessageFinder } from '../../src/hl7v2/find-messages.ts'
import { type Message, readMessage } from '../../src/hl7v2/message.ts'
import { readTransmission, type Transmission } from '../../src/hl7v2/transmission.ts'
import fc from '../support/draws.ts'

const usual: Separators = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(text: string | Uint8Array): Message {
  const got = readMessage(typeof text === 'string' ? bytesOf(text) : text)
  if ('fault' in got) throw new Error(got.fault.text)
  return got.message
}

/** Of one line after the header; fields by their number. */
function message(lines: readonly string[], header: Readonly<Record<number, string>> = {}): string {
  const fields = ['MSH', '^~\\&', 'A', 'B', 'C', 'D', '20261120', '', 'MDM^T02^MDM_T02', '7', 'P', '2.6']
  for (const [n, value] of Object.entries(header)) {
    while (fields.length < Number(n)) fields.push('')
    fields[Number(n) - 1] = value
  }
  return [fields.join('|'), ...lines].join('\r')
}

t.test('escape-and-back: any text is the same after it', async (t) => {
  let escaped = 0
  const letters = fc.string({
    unit: fc.constantFrom('|', '^', '~', '\\', '&', '\n', 'a', 'é', '€', 'X', '0', '.'),
  })
  fc.assert(
    fc.property(letters, (text) => {
      const written = escapeText(text, usual)
      if (written !== text) escaped++
      return !/[|^~&\n]/.test(written) && unescapeText(written, usual, utf8) === text
    }),
  )
  t.ok(escaped > 50, 'not vacuous')
  const cases = [
    ['\\F\\\\S\\\\T\\\\R\\\\E\\', '|^&~\\'],
    ['a\\X0D0A\\b', 'a\r\nb'],
    ['\\XC3A9\\', 'é'],
    ['\\H\\gras\\N\\ \\.sp2\\x', 'gras x'],
    ['un \\ seul', 'un \\ seul'],
    ['\\Zlocal\\x', 'x'],
    ['\\Xzz\\', ''],
    ['\\constructor\\x', 'x'],
  ] as const
  for (const [written, plain] of cases) t.equal(unescapeText(written, usual, utf8), plain, written)
})

t.test('character sets: what MSH-18 names, both ways', async (t) => {
  for (const [name, text] of [
    ['8859/15', 'Œuvre à 5 €, ÿ'],
    ['8859/1', 'déjà ¤'],
    ['UNICODE UTF-8', 'é𝄞'],
    ['', 'é'],
  ] as const) {
    const set = characterSetOf(name)
    const bytes = set?.encode(text) ?? new Uint8Array()
    t.equal(set?.decode(bytes), text, name)
    const pid = bytesOf(message([], { 18: name }))
    const segment = Buffer.concat([pid, bytesOf('\rPID|||||'), bytes])
    const got = read(segment)
    t.equal(got.text(got.all('PID')[0], 5), text)
  }
  t.equal(Buffer.from(characterSetOf('8859/15')?.encode('a𝄞¤') ?? []).toString('latin1'), 'a??')
  t.equal(characterSetOf('UNICODE UTF-8')?.decode(Uint8Array.from([0xff])), undefined)
  t.match(readMessage(bytesOf(message([], { 18: 'UNICODE UTF-16' }))), { fault: { field: 18, code: '103' } })
})

t.test('fields, repetitions and components; other separators; what is no message', async (t) => {
  const got = read(
    message(['PID|||1^^^A&1.2&ISO~2^^^B&3.4&ISO||NOM^PRÉNOM', 'OBX|1', 'OBX|2|ED||x|^TEXT^XML^Base64^QUJD']),
  )
  const [pid] = got.all('PID')
  t.same(
    got.repetitions(pid, 3).map((id) => [got.component(id, 1), got.component(id, 4, 2)]),
    [
      ['1', '1.2'],
      ['2', '3.4'],
    ],
  )
  t.same(
    [got.text(pid, 5, 2), got.text(pid, 9), got.text(pid, 5, 7), got.text(undefined, 1)],
    ['PRÉNOM', '', '', ''],
  )
  const [, second] = got.all('OBX')
  t.equal(second?.sequence, 2)
  t.equal(utf8((second && got.raw(second, 5, 5)) ?? new Uint8Array()), 'QUJD')
  const other = read('MSH#*$@%#A\rPID###1*a%b$2')
  t.equal(other.text(other.all('PID')[0], 3, 2, 2), 'b')
  for (const [text, code] of [
    ['', '100'],
    ['PID|1', '100'],
    ['MSH|^^^^', '101'],
    ['MSH', '101'],
    [message(['what is this']), '100'],
    [message(Array(2_001).fill('NTE|1')), '100'],
    [message([`NTE${'|'.repeat(300)}`]), '100'],
  ] as const)
    t.match(readMessage(bytesOf(text)), { fault: { code } }, text.slice(0, 30))
})

t.test('finding-is-blind-to-chunks: the same messages however the file is read', async (t) => {
  const one = message(['PID|1', 'OBX|1|ED|||QUJD'])
  const shapes: readonly (readonly [string, number])[] = [
    [one, 1],
    [`\ufeff${one}\r`, 1],
    [`${one}\r\r\n${one}\n`, 2],
    [`\u000b${one}\r\u001c\r\u000b${one}\r\u001c\r`, 2],
    [`FHS|^~\\&|a\rBHS|^~\\&|b\r${one}\r${one}\r${one}\rBTS|3\rFTS|1\r`, 3],
    [one.replaceAll('\r', '\r\n'), 1],
    ['PID|1\rMSHX\rMSH9\r', 0],
    ['', 0],
  ]
  for (const [text, count] of shapes) {
    const bytes = bytesOf(text)
    const found = (cuts: readonly number[]): string[] => {
      const finder = new MessageFinder()
      const ranges = []
      let from = 0
      for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
        ranges.push(...finder.take(bytes.subarray(from, cut)))
        from = cut
      }
      ranges.push(...finder.end())
      return ranges.map(({ start, end }) => utf8(bytes.subarray(start, end)))
    }
    const whole = found([])
    t.equal(whole.length, count)
    t.ok(whole.every((text) => text.startsWith('MSH|') && 'message' in readMessage(bytesOf(text))))
    t.ok(whole.every((text) => !['BTS', 'FTS', '\u001c'].some((around) => text.includes(around))))
    fc.assert(
      fc.property(
        fc.array(fc.nat(bytes.length), { maxLength: 12 }),
        (cuts) => found(cuts).join('\0') === whole.join('\0'),
      ),
      { numRuns: 60 },
    )
  }
})

t.test('no-bytes-break-it: whatever is read ends in a message or a fault', async (t) => {
  let read = 0
  const seed = bytesOf(message(['PID|||1^^^A&1.2&ISO', 'OBX|1|ED|x^y^LN||^TEXT^XML^Base64^QUJD||||||F']))
  const mutated = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 })
  fc.assert(
    fc.property(mutated, (changes) => {
      const bytes = seed.slice()
      for (const [at, byte] of changes) bytes[at] = byte
      const got = readMessage(bytes)
      if ('message' in got) {
        read++
        readTransmission(got.message)
        acknowledgement(got.message, { code: 'AE', reasons: [], time: '1', controlId: '2' })
      }
      return true
    }),
    { numRuns: 500 },
  )
  t.ok(read > 50, 'not vacuous')
})

const PID = 'PID|||279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS~12^^^H&1.2.3&ISO^PI||A^B'
const DOCUMENT = (status = 'F', n = 1): string =>
  `OBX|${n}|ED|11490-0^x^LN||^TEXT^XML^Base64^QUJD||||||${status}`
const META = (code: string, value: string): string =>
  `OBX|9|CE|${code}^x^MetaDMPMSS||${value}^^expandedYes-NoIndicator||||||F`
const FLAGS = [META('MASQUE_PS', 'N'), META('INVISIBLE_PATIENT', 'N'), META('DESTDMP', 'Y')]

function asked(
  lines: readonly string[],
  header: Readonly<Record<number, string>> = {},
): Transmission | string[] {
  const got = readTransmission(read(message(lines, header)))
  return 'transmission' in got
    ? got.transmission
    : got.faults.map(({ segment, field, code }) => `${segment}-${field} ${code}`)
}

t.test('what a message asks for', async (t) => {
  const ORU = { 9: 'ORU^R01^ORU_R01', 12: '2.5' }
  t.match(asked([PID, DOCUMENT(), ...FLAGS]), {
    demand: 'deposit',
    forDmp: true,
    ins: ['279035121518989'],
    labels: [],
  })
  t.match(asked([PID, 'ORC|RO', DOCUMENT('C'), ...FLAGS], ORU), { demand: 'replace' })
  t.match(asked([PID, 'ORC|CA', DOCUMENT('D'), ...FLAGS], ORU), { demand: 'delete' })
  t.match(asked([PID, DOCUMENT(), DOCUMENT('F', 2), ...FLAGS], ORU), {
    documents: [{ sequence: 1 }, { sequence: 2 }],
  })
  t.match(
    asked([PID, 'TXA|1|x|TEXT|||||||||5^^1.2.3^ISO|4^^1.2.3^ISO', DOCUMENT('C'), ...FLAGS], { 9: 'MDM^T10' }),
    {
      demand: 'replace',
      number: { number: '5', root: '1.2.3' },
      parent: { number: '4', root: '1.2.3' },
    },
  )
  t.match(
    asked([PID, DOCUMENT()]),
    { forDmp: true, labels: [] },
    'of a sender that does not know the profile',
  )
  t.match(
    asked([PID, DOCUMENT(), META('MASQUE_PS', 'Y'), META('INVISIBLE_PATIENT', 'N'), META('DESTDMP', 'N')]),
    {
      forDmp: false,
      labels: ['MASQUE_PS'],
    },
  )
  t.match(asked([PID, DOCUMENT(), ...FLAGS, META('INVISIBLE_REP_LEGAUX', 'Y')]), {
    labels: ['INVISIBLE_REPRESENTANTS_LEGAUX'],
  })
  const sends =
    'PRT||UC||SB^Send by^participation|801234567866^A^B^^^^^^X&1.2.250.1.71.4.2.1&ISO^D^^^RPPS|||O^^^^^Y&1.2.250.1.71.4.2.2&ISO^FINEG^^^1750000001'
  t.match(asked([PID, DOCUMENT(), sends, ...FLAGS]), {
    sender: { person: '801234567866', structure: '1750000001' },
  })
})

t.test('every contradiction is a fault, where it stands', async (t) => {
  const cases: readonly (readonly [
    readonly string[],
    Readonly<Record<number, string>>,
    readonly string[],
  ])[] = [
    [[PID, DOCUMENT(), ...FLAGS], { 9: 'ADT^A01' }, ['MSH-9 200']],
    [[PID, DOCUMENT(), ...FLAGS], { 9: 'MDM^T01' }, ['MSH-9 201']],
    [[PID, DOCUMENT(), ...FLAGS], { 12: '3.0' }, ['MSH-12 203']],
    [[PID, DOCUMENT(), ...FLAGS], { 10: '' }, ['MSH-10 101']],
    [[DOCUMENT(), ...FLAGS], {}, ['PID-0 100']],
    [[PID, PID, DOCUMENT(), ...FLAGS], {}, ['PID-0 100']],
    [[PID, ...FLAGS], {}, ['OBX-0 100']],
    [[PID, DOCUMENT(), DOCUMENT(), ...FLAGS], {}, ['OBX-0 100']],
    [[PID, DOCUMENT('C'), ...FLAGS], {}, ['OBX-11 207']],
    [[PID, DOCUMENT('X'), ...FLAGS], {}, ['OBX-11 103']],
    [[PID, 'ORC|CA', DOCUMENT(), ...FLAGS], {}, ['ORC-1 207']],
    [[PID, DOCUMENT(), DOCUMENT('D', 2), ...FLAGS], { 9: 'ORU^R01' }, ['OBX-11 207']],
    [[PID, 'OBX|1|ED|x||^application^pdf^Base64^QUJD||||||F', ...FLAGS], {}, ['OBX-5 102']],
    [[PID, DOCUMENT(), META('MASQUE_PS', 'N')], {}, ['OBX-3 101', 'OBX-3 101']],
    ...FLAGS.map(
      (missing) =>
        [[PID, DOCUMENT(), ...FLAGS.filter((flag) => flag !== missing)], {}, ['OBX-3 101']] as const,
    ),
    [[PID, DOCUMENT(), ...FLAGS, META('MASQUE_PS', 'Y')], {}, ['OBX-5 207']],
    [[PID, DOCUMENT(), META('MASQUE_PS', ''), ...FLAGS], {}, ['OBX-5 103']],
    [[PID, DOCUMENT(), ...FLAGS, META('CONNEXION_SECRETE', 'Y')], {}, ['OBX-5 207']],
    [[PID, DOCUMENT(), ...FLAGS, META('MODIF_CONF_CODE', 'Y')], {}, ['OBX-5 207']],
  ]
  for (const [lines, header, faults] of cases) t.same(asked(lines, header), faults, faults.join())
})

t.test('an acknowledgement can be read back, and repeats what it answers', async (t) => {
  const first = read(message([], { 3: 'É\\T\\R', 18: '8859/15' }))
  const bytes = acknowledgement(first, {
    code: 'AE',
    reasons: [
      { segment: 'OBX', sequence: 2, field: 5, code: '102', text: 'a|b^c & d' },
      {
        segment: '',
        sequence: 1,
        code: '207',
        text: 'œuvre',
        application: { code: 'inconnu', system: 'urn:x' },
      },
    ],
    time: '20261120100000+0000',
    controlId: 'c|1',
  })
  const back = read(bytes)
  const [header] = back.segments
  t.same(
    [3, 4, 5, 6].map((n) => back.text(header, n)),
    ['C', 'D', first.text(first.segments[0], 3), 'B'],
  )
  t.same(
    [back.text(header, 9), back.text(header, 9, 2), back.text(header, 10), back.text(header, 18)],
    ['ACK', 'T02', 'c|1', '8859/15'],
  )
  const [msa] = back.all('MSA')
  t.same([back.text(msa, 1), back.text(msa, 2)], ['AE', '7'])
  const [one, two] = back.all('ERR')
  t.same(
    [1, 2, 3].map((n) => back.text(one, 2, n)),
    ['OBX', '2', '5'],
  )
  t.same([back.text(one, 3), back.text(one, 4), back.text(one, 8)], ['102', 'E', 'a|b^c & d'])
  t.same(
    [back.text(two, 3), back.text(two, 5), back.text(two, 5, 3), back.text(two, 8)],
    ['207', 'inconnu', 'urn:x', 'œuvre'],
  )
  const unread = read(acknowledgement(undefined, { code: 'AE', reasons: [], time: '1', controlId: '2' }))
  t.equal(unread.text(unread.all('MSA')[0], 1), 'AE')
})
