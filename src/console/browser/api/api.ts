/**
 * Swagger UI over this server's own OpenAPI document. It asks nobody else: no validator badge, no fonts, no images.
 * @see https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/
 */
import SwaggerUIBundle from 'swagger-ui-dist/swagger-ui-bundle.js'
import { find, serverPath } from '../frame/this-page.ts'
import { keepLabelled } from './labels.ts'
import { consoleLayout } from './layout.ts'
import { isChosenToken } from './token-event.ts'

const { mode } = document.documentElement.dataset

const viewer = SwaggerUIBundle({
  url: serverPath('/openapi.yaml'),
  dom_id: '#viewer',
  plugins: [consoleLayout],
  layout: 'ConsoleLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  filter: true,
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
  tryItOutEnabled: mode !== 'production',
  syntaxHighlight: { activated: false },
})
keepLabelled(find('#viewer', HTMLElement))

document.addEventListener('token', (event) => {
  if (isChosenToken(event)) viewer.preauthorizeApiKey('token', event.detail)
})
