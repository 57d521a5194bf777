/** A conformance case that was not met: what was expected. The harness adds the clause and the exchanges. */
export class Unmet extends Error {
  override readonly name = 'Unmet'
}
