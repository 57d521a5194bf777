/** Whether an error says that PostgreSQL cannot be reached, and by which code. */

/** Of the connection, and PostgreSQL's own: no such database, wrong password, too many connections, starting up. */
const CODE = /^(?:ECONN[A-Z]+|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|3D000|28\w{3}|57P0[1-3]|53300)$/

/** Undefined for any other error. */
export function unreachable(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const code = String(error.code)
  return CODE.test(code) ? code : undefined
}
