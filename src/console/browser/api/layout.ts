/**
 * The viewer's parts in an order that fits a page with a heading and a main landmark of its own, which Swagger UI's layout
 * has too: two of each would confuse who navigates by them.
 * @see https://swagger.io/docs/open-source-tools/swagger-ui/customization/custom-layout/
 */
type Props = Readonly<Record<string, unknown>>
type Component = string | ((props: LayoutProps) => unknown)
type Fetched = { readonly get: (key: string) => unknown }

type LayoutProps = {
  readonly getComponent: (name: string, container?: boolean) => Component
  readonly specSelectors: {
    readonly loadingStatus: () => string | undefined
    readonly info: () => Fetched
  }
}

type System = {
  readonly React: {
    readonly createElement: (component: Component, props: Props | null, ...children: unknown[]) => unknown
  }
}

export function consoleLayout({ React }: System) {
  const h = React.createElement
  const ConsoleLayout = ({ getComponent, specSelectors }: LayoutProps): unknown => {
    const status = specSelectors.loadingStatus()
    const errors = h(getComponent('errors', true), null)
    if (status !== 'success')
      return h('div', { className: 'swagger-ui' }, status === 'failed' ? errors : h('p', null, '…'))
    const description = specSelectors.info().get('description')
    return h(
      'div',
      { className: 'swagger-ui' },
      h(getComponent('SvgAssets'), null),
      errors,
      h(
        'div',
        { className: 'wrapper about' },
        h(getComponent('Markdown', true), { source: typeof description === 'string' ? description : '' }),
      ),
      h(
        'div',
        { className: 'scheme-container' },
        h(
          'div',
          { className: 'schemes wrapper' },
          h(getComponent('ServersContainer', true), null),
          h(getComponent('AuthorizeBtnContainer', true), null),
        ),
      ),
      h(getComponent('FilterContainer', true), null),
      h('div', { className: 'wrapper' }, h(getComponent('operations', true), null)),
    )
  }
  return {
    components: {
      ConsoleLayout,
      // A link inside the button that opens an operation: the keyboard would find two things in one.
      DeepLink: ({ text }: { readonly text: unknown }): unknown => h('span', null, text),
    },
  }
}
