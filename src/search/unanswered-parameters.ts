/**
 * Parameters that R4 describes in its text only, without a SearchParameter, and that this server does not answer. With
 * extraction/refused-parameters.ts the whole of what is known and refused: told why, in lenient handling too, because
 * an answer without them would be another one than was asked for.
 * @see https://hl7.org/fhir/R4/search.html#all, #contained, #filter
 */
export const unansweredParameters: ReadonlyMap<string, string> = new Map([
  ['_filter', 'there is no filter language here: use parameters, chains and _has'],
  ['_list', 'membership of a List is not an index: search _id with the ids that the List names'],
  ['_contained', 'contained resources are found with the resource around them, and not by themselves'],
  ['_containedType', 'contained resources are found with the resource around them, and not by themselves'],
])
