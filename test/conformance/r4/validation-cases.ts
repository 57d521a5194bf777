import { CODES, observation, patient } from '../../support/conformance/samples.ts'

export const person = (fields: object): object => ({ ...patient(), ...fields })

const result = (fields: object): object => ({ ...observation(), ...fields })

const DIV = 'xmlns="http://www.w3.org/1999/xhtml"'

/** What is wrong, the resource, the element that the issue names, and the section that says so. */
type Fault = readonly [what: string, resource: object, path: string, section: string]

export const faults: readonly Fault[] = [
  ['an unknown element', person({ nonsense: 1 }), 'Patient.nonsense', 'json.html'],
  [
    'an unknown element deep inside',
    person({ name: [{ family: 'a' }, { nonsense: 1 }] }),
    'Patient.name[1].nonsense',
    'json.html',
  ],
  ['a list where one is allowed', person({ gender: ['male'] }), 'Patient.gender', 'json.html'],
  ['one where a list is needed', person({ name: { family: 'a' } }), 'Patient.name', 'json.html'],
  [
    'a mandatory element missing',
    { resourceType: 'Observation', code: { text: 'x' } },
    'Observation.status',
    'conformance-rules.html#cardinality',
  ],
  [
    'a mandatory element missing deep inside',
    result({ component: [{ code: { text: 'a' } }, { valueString: 'x' }] }),
    'Observation.component[1].code',
    'conformance-rules.html#cardinality',
  ],
  ['a boolean as text', person({ active: 'true' }), 'Patient.active', 'json.html#primitive'],
  ['a boolean as a number', person({ active: 1 }), 'Patient.active', 'json.html#primitive'],
  [
    'a text as a number',
    person({ name: [{ family: 'a', given: ['x', 5] }] }),
    'Patient.name[0].given[1]',
    'json.html#primitive',
  ],
  [
    'an integer as text',
    person({ multipleBirthInteger: '2' }),
    'Patient.multipleBirth',
    'json.html#primitive',
  ],
  [
    'a decimal as text',
    result({ valueQuantity: { value: '1.0' } }),
    'Observation.value.value',
    'json.html#primitive',
  ],
  [
    'an integer with a fraction',
    person({ multipleBirthInteger: 1.5 }),
    'Patient.multipleBirth',
    'datatypes.html#integer',
  ],
  [
    'an integer of more than 32 bits',
    person({ multipleBirthInteger: 2_147_483_648 }),
    'Patient.multipleBirth',
    'datatypes.html#integer',
  ],
  [
    'a positiveInt of 0',
    person({ telecom: [{ system: 'phone', value: '1', rank: 0 }] }),
    'Patient.telecom[0].rank',
    'datatypes.html#positiveInt',
  ],
  [
    'an object where a primitive is needed',
    person({ gender: { value: 'male' } }),
    'Patient.gender',
    'json.html#primitive',
  ],
  [
    'a primitive where an object is needed',
    person({ maritalStatus: 'M' }),
    'Patient.maritalStatus',
    'json.html',
  ],
  ['a month 13', person({ birthDate: '2020-13' }), 'Patient.birthDate', 'datatypes.html#date'],
  ['a 30th of February', person({ birthDate: '2020-02-30' }), 'Patient.birthDate', 'datatypes.html#date'],
  [
    'a 29th of February of no leap year',
    person({ birthDate: '2019-02-29' }),
    'Patient.birthDate',
    'datatypes.html#date',
  ],
  [
    'a date with a time',
    person({ birthDate: '2020-01-01T00:00:00Z' }),
    'Patient.birthDate',
    'datatypes.html#date',
  ],
  ['a date in another form', person({ birthDate: '01/02/2020' }), 'Patient.birthDate', 'datatypes.html#date'],
  ['a date with a space', person({ birthDate: ' 2020' }), 'Patient.birthDate', 'datatypes.html#date'],
  [
    'a dateTime with a time and no zone',
    result({ effectiveDateTime: '2020-01-01T10:00:00' }),
    'Observation.effective',
    'datatypes.html#dateTime',
  ],
  [
    'a dateTime with hours alone',
    result({ effectiveDateTime: '2020-01-01T10:00Z' }),
    'Observation.effective',
    'datatypes.html#dateTime',
  ],
  [
    'an hour 24',
    result({ effectiveDateTime: '2020-01-01T24:00:00Z' }),
    'Observation.effective',
    'datatypes.html#dateTime',
  ],
  [
    'an instant without a zone',
    result({ issued: '2020-01-01T10:00:00' }),
    'Observation.issued',
    'datatypes.html#instant',
  ],
  [
    'an instant that is a date',
    result({ issued: '2020-01-01' }),
    'Observation.issued',
    'datatypes.html#instant',
  ],
  [
    'a time of day that is none',
    result({ valueTime: '25:00:00' }),
    'Observation.value',
    'datatypes.html#time',
  ],
  [
    'a code with spaces around',
    person({ contact: [{ name: { text: 'x' }, gender: ' male' }] }),
    'Patient.contact[0].gender',
    'datatypes.html#code',
  ],
  [
    'a code outside a required binding',
    person({ gender: 'nonsense' }),
    'Patient.gender',
    'terminologies.html#required',
  ],
  ['a code of another case', person({ gender: 'Male' }), 'Patient.gender', 'terminologies.html#required'],
  [
    'a code outside a required binding deep inside',
    person({ name: [{ family: 'x', use: 'nonsense' }] }),
    'Patient.name[0].use',
    'terminologies.html#required',
  ],
  ['an empty text', person({ name: [{ family: '' }] }), 'Patient.name[0].family', 'datatypes.html#string'],
  ['an empty list', person({ name: [] }), 'Patient.name', 'json.html'],
  ['an empty object', person({ maritalStatus: {} }), 'Patient.maritalStatus', 'json.html'],
  ['an empty object in a list', person({ name: [{ family: 'x' }, {}] }), 'Patient.name[1]', 'json.html'],
  ['null', person({ gender: null }), 'Patient.gender', 'json.html#null'],
  ['null in a list of objects', person({ name: [null] }), 'Patient.name[0]', 'json.html#null'],
  [
    'null in a list of primitives that nothing explains',
    person({ name: [{ family: 'x', given: ['a', null] }] }),
    'Patient.name[0].given[1]',
    'json.html#null',
  ],
  [
    'a primitive extension that is a text',
    person({ birthDate: '1990', _birthDate: 'x' }),
    'Patient.birthDate',
    'json.html#primitive',
  ],
  [
    'an underscore before what is no primitive',
    person({ _name: [{ id: 'x' }] }),
    'Patient._name',
    'json.html#primitive',
  ],
  [
    'a choice with two values',
    result({ valueString: 'x', valueInteger: 1 }),
    'Observation.value',
    'formats.html#choice',
  ],
  [
    'a choice of a type that is not allowed',
    result({ valueAddress: { city: 'x' } }),
    'Observation.valueAddress',
    'formats.html#choice',
  ],
  ['a choice without its type', result({ value: 'x' }), 'Observation.value', 'formats.html#choice'],
  [
    'a reference to the wrong type',
    person({ managingOrganization: { reference: 'Practitioner/1' } }),
    'Patient.managingOrganization.reference',
    'references.html',
  ],
  [
    'a reference to a type that does not exist',
    person({ managingOrganization: { reference: 'Nonsense/1' } }),
    'Patient.managingOrganization.reference',
    'references.html',
  ],
  [
    'a reference to a contained resource that is not there',
    person({ managingOrganization: { reference: '#nowhere' } }),
    'Patient.managingOrganization.reference',
    'references.html#contained',
  ],
  [
    'an extension without a url',
    person({ extension: [{ valueString: 'x' }] }),
    'Patient.extension[0].url',
    'extensibility.html',
  ],
  [
    'an extension with a value and extensions',
    person({
      extension: [
        { url: 'https://e.example', valueString: 'x', extension: [{ url: 'a', valueString: 'b' }] },
      ],
    }),
    'Patient.extension[0]',
    'extensibility.html',
  ],
  [
    'an extension with nothing',
    person({ extension: [{ url: 'https://e.example' }] }),
    'Patient.extension[0]',
    'extensibility.html',
  ],
  [
    'base64 with other signs',
    { resourceType: 'Binary', contentType: 'text/plain', data: 'a-_b' },
    'Binary.data',
    'datatypes.html#base64Binary',
  ],
  [
    'base64 of a wrong length',
    { resourceType: 'Binary', contentType: 'text/plain', data: 'YWJ' },
    'Binary.data',
    'datatypes.html#base64Binary',
  ],
  [
    'a uri with spaces',
    person({ identifier: [{ system: 'http://a b', value: 'x' }] }),
    'Patient.identifier[0].system',
    'datatypes.html#uri',
  ],
  [
    'a contained resource within a contained one',
    person({
      contained: [
        {
          resourceType: 'Organization',
          id: 'o',
          name: 'x',
          contained: [{ resourceType: 'Patient', id: 'p' }],
        },
      ],
      managingOrganization: { reference: '#o' },
    }),
    'Patient.contained[0].contained',
    'domainresource.html#invs',
  ],
  [
    'a contained resource nobody refers to',
    person({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }] }),
    'Patient.contained[0]',
    'domainresource.html#invs',
  ],
  [
    'an invalid contained resource',
    person({
      contained: [{ resourceType: 'Organization', id: 'o', active: 'x' }],
      managingOrganization: { reference: '#o' },
    }),
    'Patient.contained[0].active',
    'references.html#contained',
  ],
  [
    'a contained resource of no known type',
    person({
      contained: [{ resourceType: 'Nonsense', id: 'o' }],
      extension: [{ url: 'https://e.example', valueReference: { reference: '#o' } }],
    }),
    'Patient.contained[0].resourceType',
    'references.html#contained',
  ],
  [
    'pat-1: a contact that says nothing',
    person({ contact: [{ gender: 'male' }] }),
    'Patient.contact[0]',
    'patient.html#invs',
  ],
  [
    'obs-6: a reason for absence beside a value',
    result({ valueString: 'x', dataAbsentReason: { text: 'y' } }),
    'Observation',
    'observation.html#invs',
  ],
  [
    'obs-7: the code of a component repeated with a value',
    result({
      code: { coding: [{ system: CODES, code: 'a' }] },
      valueString: 'x',
      component: [{ code: { coding: [{ system: CODES, code: 'a' }] } }],
    }),
    'Observation',
    'observation.html#invs',
  ],
  [
    'per-1: a period that ends before it starts',
    person({ name: [{ family: 'x', period: { start: '2021', end: '2020' } }] }),
    'Patient.name[0].period',
    'datatypes.html#invs',
  ],
  [
    'qty-3: a coded unit without a system',
    result({ valueQuantity: { value: 1, code: 'mg' } }),
    'Observation.value',
    'datatypes.html#invs',
  ],
  [
    'att-1: data without a content type',
    person({ photo: [{ data: 'YWJj' }] }),
    'Patient.photo[0]',
    'datatypes.html#invs',
  ],
  [
    'cpt-2: a contact point without a system',
    person({ telecom: [{ value: '1' }] }),
    'Patient.telecom[0]',
    'datatypes.html#invs',
  ],
  [
    'a narrative without a namespace',
    person({ text: { status: 'generated', div: '<div>x</div>' } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'a narrative with a script',
    person({ text: { status: 'generated', div: `<div ${DIV}><script>x()</script></div>` } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'a narrative with a handler of events',
    person({ text: { status: 'generated', div: `<div ${DIV}><p onclick="x()">x</p></div>` } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'a narrative that is not well-formed',
    person({ text: { status: 'generated', div: `<div ${DIV}><p>x</div>` } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'a narrative without content',
    person({ text: { status: 'generated', div: `<div ${DIV}> </div>` } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'a narrative with a form',
    person({ text: { status: 'generated', div: `<div ${DIV}><form><input/></form></div>` } }),
    'Patient.text.div',
    'narrative.html',
  ],
  [
    'an invalid resource in a Bundle',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          fullUrl: 'https://e.example/Patient/1',
          resource: { resourceType: 'Patient', id: '1', gender: 'x' },
        },
      ],
    },
    'Bundle.entry[0].resource.gender',
    'bundle.html',
  ],
  [
    'bdl-7: the same fullUrl twice',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { fullUrl: 'https://e.example/Patient/1', resource: { resourceType: 'Patient', id: '1' } },
        { fullUrl: 'https://e.example/Patient/1', resource: { resourceType: 'Patient', id: '1' } },
      ],
    },
    'Bundle',
    'bundle.html#invs',
  ],
]

export const sound: readonly (readonly [string, object])[] = [
  ['partial dates', person({ birthDate: '1990' })],
  ['a year and month', person({ birthDate: '1990-02' })],
  ['a leap day', person({ birthDate: '2000-02-29' })],
  ['a leap second', result({ effectiveDateTime: '2016-12-31T23:59:60Z' })],
  ['nine digits of a second', result({ issued: '2020-01-01T00:00:00.123456789+14:00' })],
  ['a decimal with an exponent', result({ valueQuantity: { value: 1e-10 } })],
  [
    'a primitive with an extension alone',
    person({
      _gender: {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
        ],
      },
    }),
  ],
  [
    'a mandatory primitive with an extension alone',
    {
      resourceType: 'Observation',
      _status: {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
        ],
      },
      code: { text: 'x' },
    },
  ],
  [
    'nulls in a list of primitives',
    person({
      name: [
        { given: ['a', null], _given: [null, { extension: [{ url: 'https://e.example', valueCode: 'x' }] }] },
      ],
    }),
  ],
  [
    'an extension nobody knows',
    person({ extension: [{ url: 'https://nowhere.example/e', valueString: 'x' }] }),
  ],
  ['a code with a space within', result({ code: { coding: [{ system: CODES, code: 'a b' }] } })],
  [
    'a code outside a binding that is not required',
    person({ maritalStatus: { coding: [{ system: CODES, code: 'other' }] } }),
  ],
  [
    'a contained resource that is referred to',
    person({
      contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
      managingOrganization: { reference: '#o' },
    }),
  ],
  [
    'a contained resource that refers to its container',
    person({
      contained: [
        {
          resourceType: 'Provenance',
          id: 'p',
          target: [{ reference: '#' }],
          recorded: '2020-01-01T00:00:00Z',
          agent: [{ who: { display: 'x' } }],
        },
      ],
    }),
  ],
  ['an absolute reference', result({ subject: { reference: 'https://abroad.example/fhir/Patient/1' } })],
  ['a urn reference', result({ subject: { reference: 'urn:oid:1.2.3' } })],
  [
    'a narrative with a table, an image and a list',
    person({
      text: {
        status: 'generated',
        div: `<div ${DIV}><table border="1"><tbody><tr><td colspan="2"><b>x</b></td></tr></tbody></table><ul><li>a&#160;b</li></ul><img src="a.png" alt="x"/></div>`,
      },
    }),
  ],
  ['an element id', person({ name: [{ id: 'n.1', family: 'x' }] })],
  ['a Quantity with a comparator', result({ valueQuantity: { value: 5, comparator: '<', unit: 'mg' } })],
  ['base64 with line breaks', { resourceType: 'Binary', contentType: 'text/plain', data: 'YWJj\nYWJj' }],
  ['the least integer', person({ multipleBirthInteger: -2_147_483_648 })],
]
