/**
 * The quick reader of CDA gives the tree that the parser gives, or none: for the examples there are, for every way of writing
 * XML that the two might read differently, and for documents with something changed in them, wherever it is.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { CdaTree } from '../../../src/dmp/cda/cda-collector.ts'
import { CdaTreeReader } from '../../../src/dmp/cda/cda-tree.ts'
import { quickCdaTree } from '../../../src/dmp/cda/quick-cda-tree.ts'
import { bodyOf, nextDocument, recordOf } from '../../../src/population/dmp/records.ts'
import fc from '../../support/draws.ts'
import { sharedData } from '../../support/shared-data.ts'

function parsed(text: string): CdaTree | undefined {
  const reader = new CdaTreeReader(false)
  reader.write(text)
  const tree = reader.end()
  return 'fault' in tree ? undefined : tree
}

/** @returns whether the quick reader gave a tree */
function agree(text: string): boolean {
  const quick = quickCdaTree(text)
  if (!quick) return false
  assert.deepEqual(quick, parsed(text), text.length < 2_000 ? text : 'a long text')
  return true
}

const small = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="cda.xsl"?>
<!-- header -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" classCode='DOCCLIN'>
<id root="1.2.3" extension="A&amp;&#233;"/><title>Un &lt;titre&gt; &#xe9;t\u00e9</title><name xsi:type="PN" xml:lang="fr"/>
<x:own xmlns:x="urn:other" x:a="1" b="2"><x:deep/></x:own>
<component><structuredBody><component><section><title>A &amp; B</title><text ID="t1"><td a="1" b='2 > 1'>c</td><br/></text>
</section></component></structuredBody></component></ClinicalDocument>
`
const unstructured = `<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2"/><component><nonXMLBody>
<text mediaType="application/pdf" representation="B64">JVBERi0x LjQK</text></nonXMLBody></component></ClinicalDocument>`

t.test('the quick reader gives what the parser gives', async (t) => {
  t.ok(agree(small) && agree(unstructured))
  t.ok(agree(small.replaceAll('\n', '\r\n')), 'lines that end as Windows ends them')
  t.ok(agree(small.replaceAll('\n', '\r')))
  const records = { seed: 3, patients: 3, documents: 40, medianSize: 9_000 }
  let cdas = 0
  for (let number = 0; number < records.patients; number++) {
    const record = recordOf(records, number)
    for (let ordinal = 0; ordinal < record.documents; ordinal++) {
      const document = nextDocument(records, record, ordinal)
      if (document.form === 'pdf') continue
      cdas++
      t.ok(agree(bodyOf(document)))
    }
  }
  t.ok(cdas > 10)
})

t.test('prefixes are copied for each element that declares one: of many the parser reads', async (t) => {
  const around = (prefixes: number) => {
    const declared = Array.from({ length: prefixes }, (_, i) => ` xmlns:p${i}="urn:other"`).join('')
    return unstructured.replace('urn:hl7-org:v3"', `urn:hl7-org:v3"${declared}`)
  }
  t.ok(agree(around(15)))
  t.equal(quickCdaTree(around(16)), undefined)
  t.ok(parsed(around(16)))
})

const names = ['BIO-CR-BIO_2024.01_TSH_1', 'LDL-SES_2022.01', 'VAC_2023.01', 'VSM_1.4_2022.01']
const examples = names.flatMap((name) => sharedData(`cda/${name}.xml`) ?? [])

t.test(
  'it reads the examples of the ANS, and leaves none of them to the parser',
  { skip: examples.length === 0 && 'the reference data is not there' },
  async (t) => {
    for (const file of examples) t.ok(agree(readFileSync(file, 'utf8')), file)
  },
)

const odd: Readonly<Record<string, string>> = {
  'a DTD': small.replace('<!-- header -->', '<!DOCTYPE ClinicalDocument>'),
  CDATA: small.replace('Un &lt;', '<![CDATA[x]]>'),
  'the end of CDATA in a text': small.replace('Un ', 'Un ]]> '),
  'an entity of nobody': small.replace('&amp; B', '&eacute; B'),
  'an ampersand alone': small.replace('&amp; B', '& B'),
  'a control character': small.replace('A &amp;', '\u0001'),
  'a reference to a control character': small.replace('A &amp;', '&#1;'),
  'a half of a pair': small.replace('A &amp;', '\ud800'),
  'a prefix of nobody': small.replace('<br/>', '<y:br/>'),
  'an attribute with a prefix of nobody': small.replace('<br/>', '<br y:a="1"/>'),
  'a prefix out of its place': small.replace('<br/>', '<x:br/>'),
  'a prefix undone': small.replace('<br/>', '<br xmlns:xsi=""/>'),
  'the prefix xmlns': small.replace('<br/>', '<xmlns:br/>'),
  'another xml': small.replace('<br/>', '<br xmlns:xml="urn:x"/>'),
  'an attribute twice': small.replace('<br/>', '<br a="1" a="1"/>'),
  'an attribute twice, by two prefixes': small.replace(
    '<br/>',
    '<br xmlns:p="u" xmlns:q="u" p:a="1" q:a="1"/>',
  ),
  'an attribute without a value': small.replace('<br/>', '<br a/>'),
  'an attribute without quotes': small.replace('<br/>', '<br a=1/>'),
  'attributes without a space': small.replace('<br/>', '<br a="1"b="2"/>'),
  'a tag in an attribute': small.replace('<br/>', '<br a="<"/>'),
  'a wrong end': small.replace('</td>', '</tr>'),
  'an end too many': `${small}</x>`,
  'a second root': `${small}<x/>`,
  'a text behind': `${small}x`,
  'a text in front': `x${small}`,
  'a comment with two hyphens': small.replace('<!-- header -->', '<!-- a -- b -->'),
  'a comment with three': small.replace('<!-- header -->', '<!-- a --->'),
  'a comment without an end': small.replace('<!-- header -->', '<!-- a'),
  'a declaration in the middle': small.replace('<br/>', '<?xml version="1.0"?>'),
  'XML 1.1': small.replace('version="1.0"', 'version="1.1"'),
  'an instruction without a target': small.replace('<br/>', '<? x?>'),
  'an instruction with two colons': small.replace('<br/>', '<?a:b?>'),
  'a name with two colons': small.replace('<br/>', '<x:y:z/>'),
  'a name that begins with a digit': small.replace('<br/>', '<1/>'),
  'nothing in the middle': small.slice(0, small.length / 2),
  'no namespace': small.replace(' xmlns="urn:hl7-org:v3"', ''),
  'another root': small.replaceAll('ClinicalDocument', 'Document'),
  'too deep': small.replace('<br/>', `${'<a>'.repeat(120)}${'</a>'.repeat(120)}`),
  'too many attributes': small.replace(
    '<br/>',
    `<br ${Array.from({ length: 70 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
  ),
  'too many elements': small.replace('<id ', `${'<templateId/>'.repeat(5_001)}<id `),
  'too long a text': small.replace('Un ', 'Un '.repeat(4_000)),
}

t.test('what it is not certain of it leaves to the parser, and so does what is beyond a limit', async (t) => {
  for (const [what, text] of Object.entries(odd)) t.notOk(agree(text), what)
})

t.test('no change, wherever it is, makes it see what the parser does not', async (t) => {
  const pieces = [
    ...['<', '>', '/', '"', "'", '&', ';', '=', ' ', '\n', '\r', '\t', '-', '--', '?', '!', ':', ']', ']]>'],
    ...[
      'a',
      '1',
      '\u00e9',
      '\u0000',
      '\ufffe',
      '\ud83d\ude00',
      '&amp;',
      '&#9;',
      '&#x41;',
      '&#0;',
      '&#65536;',
      '&lt',
    ],
    ...[
      '<a>',
      '</a>',
      '<a/>',
      '<!---->',
      '<!-- - -->',
      '<?p?>',
      '<?p ?x?>',
      '<![CDATA[a]]>',
      ' a="1"',
      ' xmlns=""',
    ],
    ...[
      ' xmlns="urn:x"',
      ' xmlns:xsi="urn:x"',
      ' xsi:a="1"',
      ' a = "1"',
      'xmlns',
      'ClinicalDocument',
      '<component>',
    ],
  ]
  const texts = [small, unstructured, small.replaceAll('\n', '\r\n')]
  let [read, left] = [0, 0]
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.record({ at: fc.nat(2_000), drop: fc.nat(6), put: fc.constantFrom('', ...pieces) }), {
        minLength: 1,
        maxLength: 3,
      }),
      (text, changes) => {
        const changed = changes.reduce(
          (now, { at, drop, put }) =>
            now.slice(0, at % now.length) + put + now.slice((at % now.length) + drop),
          text,
        )
        if (agree(changed)) read++
        else left++
      },
    ),
    { numRuns: 6_000 },
  )
  t.ok(read > 300 && left > 300, `${read} were read, ${left} left to the parser`)
  t.comment(`${read} were read, ${left} left to the parser`)
})
