/**
 * The reading policy in Cedar (ARCHITECTURE): the second lock behind custodians, over facts that were computed from verified proofs. Whatever
 * shows, counts, suggests or exports asks it.
 */

export const READING_SCHEMA = `
entity Officer = { "agency": String, "mayRead": Bool };
entity Message = { "released": Bool, "recvMs": Long, "territories": Set<String> };

type Reading = {
  "agency": String,
  "purpose": Long,
  "order": {
    "inForce": Bool,
    "live": Bool,
    "notBeforeMs": Long,
    "readers": Set<String>,
    "purposes": Set<Long>,
    "excludedTerritories": Set<String>,
  },
};

action "display", "search", "export" appliesTo { principal: Officer, resource: Message, context: Reading };
`;

export const READING_POLICY = `
// An officer of the agency, under an order in force that names the agency and the purpose, what was released under that order.
@id("reader")
permit (principal is Officer, action in [Action::"display", Action::"search", Action::"export"], resource is Message)
when {
  principal.mayRead &&
  principal.agency == context.agency &&
  context.order.inForce &&
  context.order.readers.contains(context.agency) &&
  context.order.purposes.contains(context.purpose) &&
  resource.released
};

// A live order reads nothing that was received before it was in force.
@id("before-the-order")
forbid (principal, action, resource)
when { context.order.live && resource.recvMs < context.order.notBeforeMs };

// Outside excluded territories only, and only where the territory is known.
@id("territory")
forbid (principal, action, resource)
when {
  !context.order.excludedTerritories.isEmpty() &&
  (resource.territories.isEmpty() || resource.territories.containsAny(context.order.excludedTerritories))
};
`;
