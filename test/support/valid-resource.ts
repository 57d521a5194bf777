/** The smallest correct resource of any type: its required elements, and what rules demand besides. */
import type { Registry } from '../../src/definitions/registry.ts'
import type { ElementDefinition, TypeDefinition } from '../../src/definitions/type-definition.ts'
import type { JsonObject, JsonValue } from '../../src/fhir/json.ts'
import { primitiveSamples } from './sample-resources.ts'

/** What no element requires and a rule does (`element.constraint`). */
const demanded: Readonly<Record<string, JsonObject>> = {
  AllergyIntolerance: {
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
  },
  Appointment: { participant: [{ type: [{ text: 'any' }], status: 'accepted' }] },
  AppointmentResponse: { participantType: [{ text: 'any' }] },
  Bundle: { type: 'collection' },
  CapabilityStatement: { kind: 'requirements', description: 'any', rest: [{ mode: 'server' }] },
  Consent: { policyRule: { text: 'any' } },
  EventDefinition: { trigger: [{ type: 'named-event', name: 'any' }] },
  ImmunizationRecommendation: {
    recommendation: [{ vaccineCode: [{ text: 'any' }], forecastStatus: { text: 'any' } }],
  },
  InsurancePlan: { name: 'any' },
  Linkage: {
    item: ['source', 'alternate'].map((type) => ({ type, resource: { reference: 'Patient/none' } })),
  },
  MolecularSequence: { coordinateSystem: 0 },
  Organization: { name: 'any' },
  StructureDefinition: {
    ...{ kind: 'resource', abstract: false, type: 'Patient', derivation: 'constraint' },
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: { element: [{ id: 'Patient', path: 'Patient' }] },
  },
  TerminologyCapabilities: { kind: 'requirements', description: 'any' },
}

export function validResource(registry: Registry, name: string): JsonObject {
  const type = registry.resourceType(name)
  if (!type) throw new Error(`${name} is no resource type`)
  return { resourceType: name, ...required(type), ...demanded[name] }
}

function required(type: TypeDefinition): JsonObject {
  const object: JsonObject = {}
  for (const element of type.elements) {
    if (element.min === 0) continue
    const [property] = type.steps.get(element.name) ?? []
    if (!property) throw new Error(`${element.path} has no type`)
    const value = sampleOf(property.type, element)
    object[property.name] = element.max === 1 ? value : [value]
  }
  return object
}

function sampleOf(type: TypeDefinition, element: ElementDefinition): JsonValue {
  if (type.kind === 'primitive') {
    const [codes] = element.binding?.systems?.values() ?? []
    return codes?.values().next().value ?? primitiveSamples[type.name]?.[0] ?? 'x'
  }
  if (type.kind === 'resource') return { resourceType: 'Basic', code: { text: 'any' } }
  if (type.name === 'Reference') {
    const [target = 'Patient'] = element.targets ?? []
    return { reference: `${target}/none` }
  }
  const object = required(type)
  if (Object.keys(object).length > 0) return object
  // Nothing is required, and an empty object is no value.
  for (const { name, type: inner, element } of type.properties.values()) {
    if (inner.kind === 'primitive' && name !== 'id' && element.max === 1)
      return { [name]: sampleOf(inner, element) }
  }
  throw new Error(`${type.name} has no plain element`)
}
