/**
 * The people and structures that a document names, as contained resources in the forms that both published versions of
 * PDSm take: a person always by a PractitionerRole.
 * @see ANS PDSm 3.1.1, comprehensive DocumentReference; FR Core (types of identifiers)
 */
import type { Identifier, Organization, PractitionerRole, Resource } from '@medplum/fhirtypes'
import { practitionerSystem, structureSystem } from '../../dmp/identity/national-identifiers.ts'
import type { NationalIds } from './item.ts'

const ID_TYPES = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203'

/** To a contained resource, or by a search. */
export type PlainReference = { readonly reference: string }

export type Role = NationalIds & {
  readonly structureName?: string
  readonly specialty?: PractitionerRole['specialty']
  readonly function?: PractitionerRole['code']
}

/** Gathers contained resources, each under its own id, the same one once. */
export class ContainedActors {
  readonly #byContent = new Map<string, Resource>()

  get resources(): Resource[] {
    return [...this.#byContent.values()]
  }

  add(resource: Resource, name: string): PlainReference {
    const key = JSON.stringify(resource)
    const there = this.#byContent.get(key)
    if (there) return { reference: `#${there.id}` }
    const id = `${name}-${this.#byContent.size + 1}`
    this.#byContent.set(key, { ...resource, id })
    return { reference: `#${id}` }
  }

  structure(id: string, name: string | undefined): PlainReference {
    return this.add(organization(id, name), 'structure')
  }

  /** A person at a structure; a structure alone is a role without a person. */
  role({ person, structure, structureName, specialty, function: code }: Role): PlainReference {
    const role: PractitionerRole = {
      resourceType: 'PractitionerRole',
      ...(person === undefined
        ? {}
        : {
            practitioner: this.add(
              { resourceType: 'Practitioner', identifier: [nationalId('IDNPS', practitionerSystem, person)] },
              'professionnel',
            ),
          }),
      ...(structure === undefined ? {} : { organization: this.structure(structure, structureName) }),
      ...(code === undefined ? {} : { code }),
      ...(specialty === undefined ? {} : { specialty }),
    }
    return this.add(role, 'role')
  }
}

function organization(id: string, name: string | undefined): Organization {
  return {
    resourceType: 'Organization',
    identifier: [{ use: 'official', ...nationalId('IDNST', structureSystem, id) }],
    ...(name === undefined ? {} : { name }),
  }
}

function nationalId(type: string, system: string, value: string): Identifier {
  return { type: { coding: [{ system: ID_TYPES, code: type }] }, system, value }
}
