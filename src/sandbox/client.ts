/**
 * The sandbox's only client. Its secret is public on purpose: it opens a sandbox with fictitious patients, and the
 * server does not start with a sandbox issuer where NODE_ENV is production.
 */
export const sandboxClient = { id: 'dmp-sandbox', secret: 'sandbox-secret-known-to-everyone' } as const

export const sandboxScope = 'user/*.cruds system/*.cruds patient/*.cruds'
