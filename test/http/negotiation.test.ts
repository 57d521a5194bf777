/** Which format is answered, and which is taken. */
import t from 'tap'
import { bodyFormat, documentForm, errorFormat, textOf, wantedFormat } from '../../src/http/negotiation.ts'
import { refusalOf } from '../support/refusal-of.ts'

/** [Accept, _format, answered] */
const cases: readonly (readonly [accept: string | undefined, format: string | undefined, answer: string])[] =
  [
    [undefined, undefined, 'json'],
    ['', undefined, 'json'],
    ['*/*', undefined, 'json'],
    ['application/*', undefined, 'json'],
    ['application/fhir+json', undefined, 'json'],
    ['application/json', undefined, 'json'],
    ['application/fhir+xml', undefined, 'xml'],
    ['application/xml', undefined, 'xml'],
    ['text/xml', undefined, 'xml'],
    ['application/fhir+xml;q=0.5, application/fhir+json', undefined, 'json'],
    ['application/fhir+json;q=0.5, application/fhir+xml', undefined, 'xml'],
    ['application/fhir+xml; fhirVersion=4.0', undefined, 'xml'],
    ['application/fhir+json; fhirVersion=4.0.1', undefined, 'json'],
    ['application/fhir+json; fhirVersion=5.0', undefined, '406'],
    ['application/fhir+json; fhirVersion=3.0, application/fhir+xml', undefined, 'xml'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', undefined, 'json'],
    ['text/html', undefined, '406'],
    ['application/fhir+turtle', undefined, '406'],
    ['application/fhir+json;q=0', undefined, '406'],
    ['application/fhir+json', 'xml', 'xml'],
    ['text/html', 'json', 'json'],
    [undefined, 'application/fhir+xml', 'xml'],
    [undefined, 'application/fhir xml', 'xml'],
    [undefined, 'text/xml', 'xml'],
    [undefined, 'turtle', '406'],
    [undefined, '', '406'],
  ]

t.test('the format of an answer', async (t) => {
  for (const [accept, format, answer] of cases) {
    const what = `Accept ${accept}, _format ${format}`
    if (answer === '406') {
      t.equal(
        refusalOf(() => wantedFormat(accept, format)),
        '406 format-demande',
        what,
      )
      t.equal(errorFormat(accept, format), 'json', `${what}: the refusal itself`)
    } else t.equal(wantedFormat(accept, format), answer, what)
  }
})

t.test('the format of a body', async (t) => {
  t.equal(bodyFormat('application/fhir+json; charset=UTF-8'), 'json')
  t.equal(bodyFormat('application/json'), 'json')
  t.equal(bodyFormat('Application/FHIR+XML;charset="utf-8"'), 'xml')
  t.equal(bodyFormat('application/json-patch+json'), 'json-patch')
  t.equal(bodyFormat('text/plain'), undefined)
  for (const refused of [
    'application/fhir+json; charset=iso-8859-1',
    'application/fhir+xml; fhirVersion=3.0',
  ])
    t.equal(
      refusalOf(() => bodyFormat(refused)),
      '415 format-envoye',
      refused,
    )
})

t.test('a body that is no UTF-8 is refused, a byte order mark left out', async (t) => {
  t.equal(textOf(Buffer.from('{"a":"é"}')), '{"a":"é"}')
  t.equal(textOf(Buffer.from('\ufeff{}')), '{}')
  for (const bytes of [[0xe9], [0x7b, 0xc3], [0xed, 0xa0, 0x80], [0xff, 0xfe, 0x7b, 0x00]])
    t.equal(
      refusalOf(() => textOf(Buffer.from(bytes))),
      '400 encodage-invalide',
    )
})

t.test('a document as it is, or inside a Binary', async (t) => {
  const form = (accept: string | undefined, type: string, format?: string) =>
    documentForm(accept, format)(type)
  t.equal(form(undefined, 'text/xml'), 'bytes')
  t.equal(form('*/*', 'application/pdf'), 'bytes')
  t.equal(form('application/xml', 'text/xml'), 'bytes')
  t.equal(form('application/fhir+json', 'text/xml'), 'binary')
  t.equal(form('application/fhir+xml', 'text/xml'), 'binary')
  t.equal(form('application/json', 'application/pdf'), 'binary')
  t.equal(form('application/pdf', 'application/pdf', 'json'), 'binary')
  t.equal(
    refusalOf(() => form('image/png', 'application/pdf')),
    '406 format-demande',
  )
})
