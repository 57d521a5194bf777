import { equal, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'

export const operationVersions = clause(
  'operation-versions',
  'capabilitystatement-operation-versions.html',
  ({ may }) => {
    may('$versions says 4.0', async ({ fhir }) => {
      const received = await fhir.get('/$versions')
      status(received, 200)
      const { parameter } = resourceOf(received, 'Parameters')
      equal(
        parameter?.find(({ name }) => name === 'default')?.valueCode ??
          parameter?.find(({ name }) => name === 'default')?.valueString,
        '4.0',
        'default',
      )
    })
  },
)
