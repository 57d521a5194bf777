/** What we use of Swagger UI; its distribution ships no types. */
declare module 'swagger-ui-dist/swagger-ui-bundle.js' {
  export type Viewer = { preauthorizeApiKey(scheme: string, token: string): void }
  export default function SwaggerUIBundle(options: Readonly<Record<string, unknown>>): Viewer
}
