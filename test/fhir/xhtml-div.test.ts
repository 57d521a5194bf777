/** Narratives made fit for XML: what is given back is well-formed, by an independent parser; what is refused is not. */

import { SaxesParser } from 'saxes'
import t from 'tap'
import { htmlEntities } from '../../src/fhir/html-entities.ts'
import { deepestXhtml, wellFormedDiv } from '../../src/fhir/xhtml-div.ts'
import { escapeAttribute, escapeText, isXmlText } from '../../src/fhir/xml-escape.ts'
import { codePoint } from '../support/code-point.ts'
import fc from '../support/draws.ts'

const XHTML = 'http://www.w3.org/1999/xhtml'

/** The namespaces of its elements; undefined when it is not well-formed. */
function namespacesOf(xml: string): Set<string> | undefined {
  const found = new Set<string>()
  let failed = false
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', () => {
    failed = true
  })
  parser.on('opentag', (tag) => {
    found.add(tag.uri)
  })
  parser.write(xml).close()
  return failed ? undefined : found
}

const pieces = [
  ...[
    '<p>',
    '</p>',
    '<b class="x">',
    "<i title='&lt;\"'>",
    '</b>',
    '</i>',
    '<br/>',
    '<hr />',
    '<p',
    '>',
    '</',
    '/>',
  ],
  ...[
    'text',
    ' ',
    '\n',
    'é',
    '&amp;',
    '&nbsp;',
    '&eacute;',
    '&#160;',
    '&#x1F600;',
    '&#0;',
    '&',
    '&none;',
    ']]>',
    '"',
  ],
  ...[
    '<!-- c -->',
    '<!--',
    '-->',
    '--',
    '<![CDATA[x]]>',
    '<?pi?>',
    '<div>',
    '</div>',
    '<a href="a&amp;b">',
    '</a>',
  ],
  ...[
    '<x:p>',
    '<p a="1" a="2">',
    '<p a=1>',
    '<p a>',
    '<P>',
    '<p xmlns="urn:x">',
    '\u0001',
    '\ud800',
    '<p xml:lang="fr">',
  ],
]

t.test('theorem: what is given back is well-formed, XHTML, and stays as it is', async (t) => {
  let taken = 0
  let refused = 0
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 6 }), (parts) => {
      const source = `<div>${parts.join('')}</div>`
      const div = wellFormedDiv(source)
      if (div === undefined) {
        refused++
        return
      }
      taken++
      const namespaces = namespacesOf(div)
      if (namespaces?.size !== 1 || !namespaces.has(XHTML)) throw new Error(div)
      if (wellFormedDiv(div) !== div) throw new Error(`not stable: ${div}`)
    }),
    { numRuns: 5000 },
  )
  t.ok(taken > 200 && refused > 200, `${taken} taken, ${refused} refused`)
})

t.test('theorem: what is refused is not well-formed, or has what the header says', async (t) => {
  const open = `<div xmlns="${XHTML}">`
  let refused = 0
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 6 }), (parts) => {
      const source = `${open}${parts.join('')}</div>`
      if (wellFormedDiv(source) !== undefined) return
      refused++
      // The parser takes a lone surrogate and what follows it for one character.
      if (/<!\[CDATA|<\?|<x:|xmlns="urn|\ud800|<p\w*[é-]/.test(source)) return
      if (namespacesOf(source)) throw new Error(`well-formed, but refused: ${source}`)
    }),
    { numRuns: 5000 },
  )
  t.ok(refused > 200, `${refused} refused`)
})

t.test('what is rewritten, and what is not', async (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['<div>a</div>', `<div xmlns="${XHTML}">a</div>`],
    [' \n<div lang="fr">a</div>\n', `<div xmlns="${XHTML}" lang="fr">a</div>`],
    ['<div/>', `<div xmlns="${XHTML}"/>`],
    ['<div title=" xmlns=">a</div>', `<div xmlns="${XHTML}" title=" xmlns=">a</div>`],
    [`<div xmlns='${XHTML}' >&nbsp;&rarr;&lt;&#10;</div>`, `<div xmlns='${XHTML}' >\u00a0→&lt;&#10;</div>`],
    [`<div xmlns="${XHTML}" title="&eacute;&quot;"/>`, `<div xmlns="${XHTML}" title="é&quot;"/>`],
    [`<div xmlns="${XHTML}" xmlns:xlink="http://www.w3.org/1999/xlink"/>`, 'same'],
    [`<div xmlns="${XHTML}"><!-- & < &nbsp; --></div>`, 'same'],
    ['<div xmlns="urn:x"/>', undefined],
    ['<div xmlns:xml="http://x"/>', undefined],
    ['<div xlink:href="x"/>', undefined],
    ['<div><br></div>', undefined],
    ['<div></div><div></div>', undefined],
    ['<div></div>text', undefined],
    ['<!-- c --><div></div>', undefined],
    ['<p></p>', undefined],
    ['', undefined],
    ['text', undefined],
    ['</div>', undefined],
    ['<div>', undefined],
    ['<div>&#xFFFF;</div>', undefined],
    ['<div>&#x110000;</div>', undefined],
    [`${'<div>'.repeat(deepestXhtml + 1)}${'</div>'.repeat(deepestXhtml + 1)}`, undefined],
    [`<div${' a=""'.repeat(1e6)}/>`, undefined],
    [`<div>${'&'.repeat(1e6)}</div>`, undefined],
  ]
  for (const [source, expected] of cases) {
    t.equal(wellFormedDiv(source), expected === 'same' ? source : expected, source.slice(0, 60))
  }
  t.equal(htmlEntities.size, 248)
  t.equal(htmlEntities.get('yuml'), 'ÿ')
  t.equal(htmlEntities.get('diams'), '♦')
})

t.test('theorem: an escaped text reads as itself', async (t) => {
  let attributes = 0
  let refused = 0
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 20 }), (text) => {
      const attribute = escapeAttribute(text)
      if ((attribute !== undefined) !== isXmlText(text)) throw new Error('isXmlText disagrees')
      if (attribute === undefined) {
        refused++
        return
      }
      attributes++
      let read: string | undefined
      let content = ''
      const parser = new SaxesParser({})
      parser.on('error', (error) => {
        throw error
      })
      parser.on('opentag', (tag) => {
        read = tag.attributes.a
      })
      parser.on('text', (part) => {
        content += part
      })
      parser.write(`<x a="${attribute}">${escapeText(text)}</x>`).close()
      if (read !== text || content !== text) throw new Error(JSON.stringify([text, read, content]))
    }),
    { numRuns: 3000, examples: [['a\r\n\tb'], ['\ud83d\ude00'], [']]>'], ['\ud800'], ['\uffff']] },
  )
  t.ok(attributes > 500 && refused > 50, `${attributes} read, ${refused} refused`)
})
