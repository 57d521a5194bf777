/** Criteria with each code system in the spelling it is indexed by, wherever it stands in them. */
import type { Criterion, TokenValue } from '../search-expression.ts'

export function canonicalCriteria(
  criteria: readonly Criterion[],
  canonical: (system: string) => string,
): readonly Criterion[] {
  const one = (value: TokenValue): TokenValue =>
    value.system === undefined ? value : { ...value, system: canonical(value.system) }
  const each = (criterion: Criterion): Criterion => {
    switch (criterion.kind) {
      case 'token':
      case 'reference-identifier':
        return { ...criterion, values: criterion.values.map(one) }
      case 'chain':
        return {
          ...criterion,
          targets: criterion.targets.map((target) => ({ ...target, criterion: each(target.criterion) })),
        }
      default:
        return criterion
    }
  }
  return criteria.map(each)
}
