/**
 * The console: pages for people, at `/` and below `/console/`. They say what everybody may know; whatever else they show,
 * the browser asks of the public interface, with a token. So they need none, and leave no trace.
 * @see docs/console.md
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refusal } from '../fhir/fhir-error.ts'
import { sendBody } from '../http/compressed-body.ts'
import { languageOf } from '../http/preferences.ts'
import { queryPart } from '../http/query.ts'
import { loadAssets } from './assets.ts'
import { contentPolicy, pageHeaders } from './content-policy.ts'
import type { Site } from './frame.ts'
import { browserFolders, type Page } from './page.ts'
import { languages } from './words.ts'
import { type Wanted, writtenPages } from './written-pages.ts'

export type ConsoleSettings = Pick<Site, 'pages' | 'mode' | 'version'> & {
  readonly publicUrl: string
  /** Where the build left scripts and styles. */
  readonly assetFolder: string
  readonly now: () => number
}

const FOR_EVER = 'public, max-age=31536000, immutable'

export function consoleRoutes(settings: ConsoleSettings) {
  const { pages, mode, version, now } = settings
  const root = new URL(settings.publicUrl).pathname.replace(/\/+$/, '')
  const folders = ['frame', ...pages.flatMap(browserFolders)]
  const assets = loadAssets(settings.assetFolder, root, folders)
  const write = writtenPages({ pages, mode, version, root, asset: assets.url })

  return async (server: FastifyInstance): Promise<void> => {
    for (const page of pages) {
      const policy = contentPolicy(page.policy)
      server.get(page.path, { config: { interaction: 'home' } }, (request, reply) => {
        const { etag, body } = write(wantedPage(page, request), now())
        reply
          .headers(pageHeaders)
          .header('Content-Security-Policy', policy)
          .header('ETag', etag)
          .header('Cache-Control', 'no-cache')
          .header('Vary', 'Accept-Language, Accept-Encoding')
        return isKnown(request, etag) ? reply.code(304).send() : sendBody(request, reply, body)
      })
    }
    server.get<{ Params: { file: string } }>(
      '/console/assets/:file',
      { config: { interaction: 'home' } },
      (request, reply): FastifyReply => {
        const body = assets.find(request.params.file)
        if (!body) throw refusal('not-found', 'inconnu')
        reply
          .header('Cache-Control', FOR_EVER)
          .header('Cross-Origin-Resource-Policy', 'same-origin')
          .header('Vary', 'Accept-Encoding')
        return sendBody(request, reply, body)
      },
    )
  }
}

/** `?lang=en`, else what the browser says; a language that there is not is none. */
function wantedPage(page: Page, request: FastifyRequest): Wanted {
  const asked = new URLSearchParams(queryPart(request.raw.url ?? '')).get('lang')
  const chosen = languages.find((language) => language === asked)
  return {
    page,
    language: chosen ?? languageOf(request.headers['accept-language']),
    chosen: chosen !== undefined,
  }
}

function isKnown(request: FastifyRequest, etag: string): boolean {
  const known = request.headers['if-none-match']
  return known?.split(',', 20).some((each) => each.trim() === etag) ?? false
}
