/**
 * How long traces are kept. No text that we could confirm gives a term for the traces of the DMP itself; ten years is ours:
 * that of the record after its closing (CSP L.1111-18), and of actions for liability in health (CSP L.1142-28).
 * @see docs/operations.md "Retention of traces"
 */
import { ConfigError, type Environment, whole } from './values.ts'

const TEN_YEARS = 120
/** CNIL, recommendation 2021-122 on logging: six months at least. */
const LEAST = 6
const MOST = 1_200

/** In whole months; undefined: for ever. @throws ConfigError */
export function readAuditRetention(environment: Environment): number | undefined {
  if (environment.DMP_AUDIT_RETENTION === 'never') return undefined
  try {
    return whole(environment, 'DMP_AUDIT_RETENTION', TEN_YEARS, LEAST, MOST)
  } catch (cause) {
    throw new ConfigError(
      `DMP_AUDIT_RETENTION is not a number of months from ${LEAST} to ${MOST}, nor "never"`,
      {
        cause,
      },
    )
  }
}
