/** Contained resources, those we add under ids that none of the sender's has. */
import type { Resource } from '@medplum/fhirtypes'

export class Contained {
  readonly resources: Resource[]

  constructor(sent: readonly Resource[]) {
    this.resources = [...sent]
  }

  add(id: string, resource: Resource): { reference: string } {
    const taken = new Set(this.resources.map((r) => r.id))
    let free = id
    for (let n = 2; taken.has(free); n++) free = `${id}-${n}`
    this.resources.push({ ...resource, id: free })
    return { reference: `#${free}` }
  }
}
