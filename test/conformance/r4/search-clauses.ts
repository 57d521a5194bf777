/** Clauses of search. @see https://hl7.org/fhir/R4/search.html */
import type { Clause } from '../../support/conformance/clause.ts'
import { compartments } from './compartments.ts'
import { searchBasics } from './search-basics.ts'
import { searchChain } from './search-chain.ts'
import { searchComposite } from './search-composite.ts'
import { searchDate } from './search-date.ts'
import { searchErrors } from './search-errors.ts'
import { searchHas } from './search-has.ts'
import { searchInclude } from './search-include.ts'
import { searchListing } from './search-listing.ts'
import { searchMissing } from './search-missing.ts'
import { searchNumber } from './search-number.ts'
import { searchPaging } from './search-paging.ts'
import { searchQuantity } from './search-quantity.ts'
import { searchReference } from './search-reference.ts'
import { searchElements, searchSummary, searchTotal } from './search-result.ts'
import { searchSort } from './search-sort.ts'
import { searchSpecial, searchSystem } from './search-special.ts'
import { searchString } from './search-string.ts'
import { searchTerminology } from './search-terminology.ts'
import { searchToken } from './search-token.ts'
import { searchUri } from './search-uri.ts'

export const searchClauses: readonly Clause[] = [
  searchListing,
  searchBasics,
  searchErrors,
  searchPaging,
  searchToken,
  searchTerminology,
  searchString,
  searchDate,
  searchNumber,
  searchQuantity,
  searchUri,
  searchReference,
  searchComposite,
  searchMissing,
  searchChain,
  searchHas,
  searchInclude,
  searchSort,
  searchSummary,
  searchElements,
  searchTotal,
  searchSpecial,
  searchSystem,
  compartments,
]
