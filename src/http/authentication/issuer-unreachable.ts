/** An issuer that gives no answer, or none that can be used: it then neither accepts nor accuses anybody. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable'
}
