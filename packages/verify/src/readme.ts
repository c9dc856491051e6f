/** The text that an evidence file carries for whoever opens it with an ordinary archive program (docs/evidence.md). */
export const README = `EVIDENCE FILE OF A COUNTERSIGN NETWORK

This archive holds messages that an agency read under a court order, with everything that is needed to check, offline and without
trusting the agency or the network's operator:

  - that the order was authorised by the persons it needed, and was in a public, witnessed log before any key was released;
  - that enough custodians released each key, for exactly this order, agency, sender, group and day;
  - that each message was sent by the device that it names, and was not changed;
  - that no message is missing between those that are here, and which ones are withheld;
  - that each reading stands in the log.

How to check it:

  countersign verify FILE --root-key KEY

KEY is the public key of the network's root, 64 hexadecimal digits. Take it from the network's own publication, not from this archive:
root-key.txt only says which one the file claims. Without a network or any account the command needs nothing but this file.

What is where:

  manifest.bin          the signed list of what is handed out
  log/                  entries of the log, what opens them, and the proof that each was logged (c2sp.org/tlog-proof)
  releases/             by key: what each custodian released, and the share that was in it
  envelopes/            by key and number: messages as custody had them, or (.withheld) what is left of one that is not handed out
  rosters/, batches/    who was in the group; which messages the relay took together
  annex.bin             the names of purposes and agencies
  SHA256SUMS            checksums of all members: sha256sum -c SHA256SUMS

Formats: PROTOCOL.md of Countersign, sections 4 to 14.
`;
