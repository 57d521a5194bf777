/**
 * What `.well-known/smart-configuration` tells: where tokens come from, and for what they are asked.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
 */
export type TokenSource = {
  readonly issuer: string
  /** Its public keys, for a client that verifies tokens; only where this is to be told. */
  readonly jwksUri?: string
  readonly tokenEndpoint?: string
  readonly authorizationEndpoint?: string
  /** How a client names itself at the token endpoint; undefined: the issuer tells. */
  readonly clientAuthentication?: readonly string[]
}

/**
 * One issuer is told: the first that says where it gives tokens, else the first. What else it can do stands in its own
 * `.well-known/openid-configuration`.
 */
export function smartConfiguration(sources: readonly TokenSource[]): string {
  const source = sources.find(({ tokenEndpoint }) => tokenEndpoint) ?? sources[0]
  return JSON.stringify({
    issuer: source?.issuer,
    jwks_uri: source?.jwksUri,
    authorization_endpoint: source?.authorizationEndpoint,
    token_endpoint: source?.tokenEndpoint,
    token_endpoint_auth_methods_supported: source?.clientAuthentication,
    grant_types_supported: source?.tokenEndpoint && [
      source.authorizationEndpoint ? 'authorization_code' : 'client_credentials',
    ],
    scopes_supported: ['user/*.cruds', 'system/*.cruds', 'patient/*.cruds'],
    capabilities: ['permission-v2', 'permission-user', 'permission-patient'],
    code_challenge_methods_supported: ['S256'],
  })
}
