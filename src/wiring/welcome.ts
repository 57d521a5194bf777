/** What a person sees when the server is ready, with something to try at once. */
import type { Config } from '../config/config.ts'

export function welcome(config: Config): string {
  const base = `${config.publicUrl}/fhir`
  const lines = [`FHIR base   ${base}`, `Console     ${config.publicUrl}/`]
  if (config.profile === 'fhir') {
    lines.push('Profile     fhir: plain R4, no token, this machine only', '', `curl -s ${base}/metadata`)
  }
  if (config.sandbox) {
    const demo = config.port === 8080 ? '' : `DMP_URL=${base} `
    lines.push(
      `Sandbox     ${config.publicUrl}/sandbox/oidc (tokens for anybody: never in production)`,
      '',
      `curl -s ${base}/metadata`,
      `curl -s -H "Authorization: Bearer $(${demo}npx dmp token --administration)" '${base}/Patient?identifier=urn:oid:1.2.250.1.213.1.4.10%7C279035121518989'`,
      `${demo}npm run demo`,
    )
  }
  return lines.join('\n')
}
