/** In the place of async-hook-domain, which tap.js makes superfluous. */
export class Domain {
  destroy() {}
}
