/** The roles of PROTOCOL 1 by name. */
export const Role = {
  authority: 1,
  dutyAuthority: 2,
  oversight: 3,
  requestingOfficer: 4,
  orderReviewer: 5,
  registrar: 6,
  readerGateway: 7,
} as const;
