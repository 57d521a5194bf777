/**
 * What a page of the console may load and do: its own scripts, styles and requests, nothing else. A page widens one line of
 * it, by name, where it must, and says why.
 * @see https://www.w3.org/TR/CSP3/, https://w3c.github.io/trusted-types/
 */
const strict = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'frame-src': 'blob:',
  'form-action': "'none'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
  // Text never becomes markup: innerHTML, DOMParser and the like throw.
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
} as const

type Directive = keyof typeof strict

/** undefined: the directive is left out. */
export type PolicyChanges = { readonly [D in Directive]?: string | undefined }

export function contentPolicy(changes: PolicyChanges = {}): string {
  return Object.entries({ ...strict, ...changes })
    .flatMap(([directive, sources]) => (sources === undefined ? [] : [`${directive} ${sources}`]))
    .join('; ')
}

/** Beside the policy of each page; `X-Content-Type-Options` is set on every answer of the server. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
}
