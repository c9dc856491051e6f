-- Accounts, devices and what admits them: small tables, few writes, the same on every node. Times are unix seconds unless named _ms.

create table account (
  account_id    bytea  primary key check (octet_length(account_id) = 16),
  handle        text   not null,
  -- Lower case: two people cannot have the same name in another spelling.
  handle_folded text   not null unique,
  created       bigint not null
);

create table device (
  device_id    bytea  primary key check (octet_length(device_id) = 16),
  account_id   bytea  not null references account,
  mls_sig_key  bytea  not null unique check (octet_length(mls_sig_key) = 32),
  env_sig_key  bytea  not null unique check (octet_length(env_sig_key) = 32),
  territory    text   not null check (territory ~ '^[A-Z]{2}$'),
  -- SHA-256 of the custody statement that was consented to, and the signature.
  statement_hash bytea not null,
  consent      bytea  not null,
  created      bigint not null,
  -- Null until certificate, consent and redemption are in the log: the device is no device before.
  admitted     bigint,
  revoked_from bigint,
  -- CertRevocation.
  revocation   bytea,
  revocation_index bigint
);
create index device_by_account on device (account_id);

-- Every certificate that was issued; the newest not_after counts, older ones stay in MLS leaves until they are renewed.
create table device_cert (
  device_id  bytea  not null references device,
  not_after  bigint not null,
  not_before bigint not null,
  cert       bytea  not null,
  -- Null until it is in the log.
  log_index  bigint,
  entry      bytea,
  primary key (device_id, not_after)
);

-- Not small, so not with the device.
create table device_seen (
  device_id bytea  primary key,
  seen      bigint not null
) with (fillfactor = 70);

create table voucher (
  -- SHA-256 of the secret, which is stored nowhere.
  voucher_hash  bytea  primary key check (octet_length(voucher_hash) = 32),
  voucher_id    bytea  not null unique,
  -- Null: the operator's.
  maker         bytea  references account,
  for_own_device boolean not null default false,
  territory     text   not null check (territory ~ '^[A-Z]{2}$'),
  created       bigint not null,
  expires       bigint not null,
  redeemed_by   bytea
);
create index voucher_by_maker on voucher (maker);

create table key_package (
  device_id   bytea   not null references device,
  ref         bytea   not null,
  key_package bytea   not null,
  last_resort boolean not null,
  not_after   bigint  not null,
  primary key (device_id, ref)
);
create unique index key_package_last_resort on key_package (device_id) where last_resort;

-- Type 7 entries with what opens them, and who has been given the opening. The salt is kept before the entry is appended: an entry whose
-- opening was lost would block orders for good.
create table territory_statement (
  salt      bytea  primary key check (octet_length(salt) = 32),
  device_id bytea  not null references device,
  day_to    bigint not null,
  body      bytea  not null,
  created_ms bigint not null,
  -- Null until it is appended.
  log_index bigint unique,
  entry     bytea,
  payload   bytea
);
create index territory_by_device on territory_statement (device_id, day_to);

create table territory_opening (
  recipient_key_id bytea  not null,
  log_index        bigint not null references territory_statement (log_index),
  primary key (recipient_key_id, log_index)
);

-- Application statements (type 22) and reports (type 23): the structs that travel beside their entries.
create table statement (
  log_index bigint primary key,
  kind      text   not null,
  struct    bytea  not null,
  salt      bytea  not null,
  payload   bytea  not null
);

create table report (
  log_index bigint primary key,
  device_id bytea  not null,
  code      text   not null,
  report    bytea  not null,
  created   bigint not null
);

create table feedback (
  feedback_id bigint generated always as identity primary key,
  account_id  bytea  not null,
  text        text   not null,
  created     bigint not null
);

create table policy (
  seq       integer primary key,
  statement bytea   not null
);

create table annex (
  purpose_annex bytea primary key,
  annex         bytea not null
);

create table session_nonce (
  nonce   bytea  primary key,
  expires bigint not null
);
create index session_nonce_by_expiry on session_nonce (expires);

create table blob_token (
  token_hash bytea  primary key,
  device_id  bytea  not null,
  expires    bigint not null
);
create index blob_token_by_expiry on blob_token (expires);

create table blob_day (
  device_id bytea  not null,
  day       bigint not null,
  bytes     bigint not null,
  primary key (device_id, day)
);

grant select, insert, update, delete on
  account, device, device_cert, device_seen, voucher, key_package, territory_statement, territory_opening, statement, report,
  feedback, policy, annex, session_nonce, blob_token, blob_day
to delivery;
