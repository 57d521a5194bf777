/**
 * What a summary takes from structured CDA: of the ANS's examples a golden of every line; of entries that say too little,
 * no line; of any narrative, XHTML that the validator lets through and nothing active.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { narrativeOf } from '../../src/dmp/synthese/cda-narrative.ts'
import { type CdaSection, readCdaSections } from '../../src/dmp/synthese/cda-sections.ts'
import { linesOf } from '../../src/dmp/synthese/synthese-lines.ts'
import { syntheseSections } from '../../src/dmp/synthese/synthese-sections.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { escapeText } from '../../src/fhir/xml-escape.ts'
import { hasContent, isDisplayXhtml } from '../../src/validation/narrative.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { golden } from '../support/golden.ts'
import { testRegistry } from '../support/registry.ts'
import { sharedData } from '../support/shared-data.ts'

const registry = testRegistry()
const patient = { reference: 'Patient/a' }
const systemOf = (oid: string): string => `urn:oid:${oid}`
const DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function sectionsOf(xml: string | Buffer, size = 65_536): Promise<readonly CdaSection[]> {
  const read = await readCdaSections(pieces(Buffer.from(xml), size))
  if ('unread' in read) throw new Error(read.unread)
  return read.sections
}

function linesIn(sections: readonly CdaSection[]) {
  return syntheseSections.flatMap(({ code, from, lines }) =>
    sections
      .filter((section) => from.includes(section.code) && lines)
      .flatMap(({ text, entries }) =>
        entries.flatMap((entry) => (lines ? linesOf[lines]({ systemOf, text }, entry, patient) : [])),
      )
      .map((line) => ({ section: code, line })),
  )
}

const document = (body: string, name = 'ClinicalDocument'): string =>
  `<?xml version="1.0"?><${name} xmlns="urn:hl7-org:v3"><component><structuredBody>${body}</structuredBody></component></${name}>`
const section = (code: string, inner: string): string =>
  `<component><section><code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><title>T</title>${inner}</section></component>`

const examples = [
  'VSM_1.4_2022.01.xml',
  'VAC_2023.01.xml',
  'LDL-SES_2022.01.xml',
  'BIO-CR-BIO_2024.01_TSH_1.xml',
]

t.test(
  'every line of the ANS’s examples',
  { skip: sharedData('cda') ? false : '../shared/data is absent' },
  async (t) => {
    const found: Record<string, unknown> = {}
    for (const name of examples) {
      const bytes = readFileSync(sharedData(`cda/${name}`) ?? '')
      const sections = await sectionsOf(bytes)
      t.same(await sectionsOf(bytes, 1000), sections, 'however it comes')
      for (const { line } of linesIn(sections))
        t.same(validate(parseJson(JSON.stringify(line)), registry), [], `${name}: valid FHIR`)
      for (const { text } of sections) {
        const words = text && narrativeOf(text, 1_000_000)
        if (words !== undefined)
          t.ok(isDisplayXhtml(`${DIV}${words}</div>`), `${name}: a narrative that may be shown`)
      }
      found[name] = {
        sections: sections.map(({ code, title, entries }) => `${code} ${title} (${entries.length})`),
        lines: linesIn(sections),
      }
    }
    const text = `${JSON.stringify(found, undefined, 1)}\n`
    t.equal(text, golden('synthese.json', text))
    const count = (name: string, section: string): number =>
      (found[name] as { lines: { section: string }[] }).lines.filter((line) => line.section === section)
        .length
    t.same(
      ['48765-2', '10160-0', '11450-4', '11348-0', '47519-4'].map((code) =>
        count('VSM_1.4_2022.01.xml', code),
      ),
      [1, 2, 2, 2, 1],
    )
    t.equal(count('VAC_2023.01.xml', '11369-6'), 4)
    t.equal(count('LDL-SES_2022.01.xml', '48765-2'), 0, 'an allergy without an agent is no allergy')
    const unstructured = readFileSync(sharedData('cda/DOC_NON_STRUCTURE_CDA-R2-N1.xml') ?? '')
    t.same(await readCdaSections(pieces(unstructured, 65_536)), { unread: 'not-structured' })
  },
)

t.test('what is refused, and not read in part', async (t) => {
  const unread = async (xml: string): Promise<unknown> => readCdaSections(pieces(Buffer.from(xml), 100))
  t.same(await unread('<!DOCTYPE a><a/>'), { unread: 'not-xml' })
  t.same(await unread(document(section('1', '<text>a'))), { unread: 'not-xml' })
  t.same(await unread('<a xmlns="urn:hl7-org:v3"/>'), { unread: 'not-xml' })
  t.same(await unread(document('', 'Other')), { unread: 'not-xml' })
  t.same(await unread(''), { unread: 'not-xml' })
  t.same(await unread(document(section('1', `<text>${'<br/>'.repeat(60_001)}</text>`))), {
    unread: 'too-large',
  })
  t.same(await unread(document(`${'<component>'.repeat(120)}`)), { unread: 'too-large' })
  const [only, inner] = await sectionsOf(
    document(section('2', `<text>x</text>${section('1', '<text>y</text>')}`)),
  )
  t.same([only?.code, inner?.code], ['1', '2'], 'a section within another is one of its own')
})

t.test('entries that say too little are no lines', async (t) => {
  const entry = (inner: string): string =>
    `<entry><act><statusCode code="active"/><entryRelationship><observation>${inner}</observation></entryRelationship></act></entry>`
  const count = async (code: string, inner: string): Promise<number> =>
    linesIn(await sectionsOf(document(section(code, `<text><content ID="a">Texte</content></text>${inner}`))))
      .length
  const agent =
    '<participant><participantRole><playingEntity><name>Arachide</name></playingEntity></participantRole></participant>'
  t.equal(await count('48765-2', entry(agent)), 1)
  t.equal(await count('48765-2', entry('<text><reference value="#a"/></text>')), 0)
  t.equal(await count('48765-2', entry('<value nullFlavor="UNK"/>')), 0)
  t.equal(await count('11450-4', entry('<text><reference value="#a"/></text>')), 1)
  t.equal(await count('11450-4', entry('<text><reference value="#b"/></text>')), 0)
  t.equal(await count('10160-0', '<entry><substanceAdministration moodCode="EVN"/></entry>'), 0)
  t.equal(
    await count(
      '47519-4',
      '<entry><procedure moodCode="INT"><code code="A" codeSystem="1.2"/></procedure></entry>',
    ),
    0,
    'what is planned is no antecedent',
  )
  t.equal(await count('30954-2', entry(agent)), 0, 'a section of words')
  const [negated] = linesIn(
    await sectionsOf(
      document(section('48765-2', entry(agent).replace('<observation>', '<observation negationInd="true">'))),
    ),
  )
  t.match(negated?.line, { verificationStatus: { coding: [{ code: 'refuted' }] } })
})

t.test('any narrative becomes XHTML that may be shown', async (t) => {
  const names = [
    'table',
    'tbody',
    'tr',
    'td',
    'list',
    'item',
    'paragraph',
    'content',
    'caption',
    'br',
    'sub',
    'linkHtml',
    'script',
    'img',
    'a',
    'iframe',
    'renderMultiMedia',
    'svg',
  ]
  const attributes = ['href', 'onclick', 'style', 'ID', 'colspan', 'src', 'styleCode', 'listType']
  const values = ['javascript:alert(1)', '" onload="x', '2', '-1', '999999', 'ordered', '&lt;b&gt;']
  const node: fc.Arbitrary<string> = fc.letrec<{ node: string; text: string }>((tie) => ({
    text: fc.string({ maxLength: 20 }).map((text) => escapeText(text.replace(/[^\x20-\x7eà-ÿ<>&"']/g, ' '))),
    node: fc.oneof(
      { maxDepth: 4 },
      tie('text'),
      fc
        .record({
          name: fc.constantFrom(...names),
          attribute: fc.constantFrom(...attributes),
          value: fc.constantFrom(...values),
          inner: fc.array(tie('node'), { maxLength: 4 }),
        })
        .map(
          ({ name, attribute, value, inner }) =>
            `<${name} ${attribute}="${value.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}">${inner.join('')}</${name}>`,
        ),
    ),
  })).node
  let shown = 0
  await fc.assert(
    fc.asyncProperty(fc.array(node, { maxLength: 6 }), async (inner) => {
      const [only] = await sectionsOf(document(section('1', `<text>${inner.join('')}</text>`)))
      const words = only?.text && narrativeOf(only.text, 100_000)
      if (words === undefined) return true
      shown++
      const div = `${DIV}<p>x</p>${words}</div>`
      const tags = [...words.matchAll(/<\/?([a-z]+)([^>]*)>/g)]
      const safe = tags.every(
        ([, name = '', rest = '']) =>
          [
            'table',
            'thead',
            'tbody',
            'tfoot',
            'tr',
            'th',
            'td',
            'ul',
            'ol',
            'li',
            'p',
            'sub',
            'sup',
            'br',
          ].includes(name) && /^(?: (?:colspan|rowspan)="\d{1,3}")*\/?$/.test(rest),
      )
      return safe && isDisplayXhtml(div) && hasContent(div)
    }),
    { numRuns: 500 },
  )
  t.ok(shown > 200, 'not vacuous')
})
