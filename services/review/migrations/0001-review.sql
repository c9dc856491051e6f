-- One gateway's database. What belongs to a scope has the grant id as distribution key; orders, requests and the ledger are small
-- or strictly sequential and are never joined on a hot path.

-- The key that everything secret here is wrapped under comes from the gateway's passphrase and this salt.
create table vault (
  only_row boolean primary key default true check (only_row),
  salt     bytea   not null,
  -- A known text under that key: a wrong passphrase is seen at the start.
  probe    bytea   not null
);

-- Counts in = counts out: what a batch of the log lists, and what came with it.
create table intake_batch (
  batch     bigint  primary key,
  log_index bigint  not null,
  listed    integer not null,
  received  integer not null,
  stored_ms bigint  not null,
  -- What opens the entry, and its list in stamp order, joined: evidence shows both.
  salt       bytea  not null,
  env_hashes bytea  not null
);

-- Listed in the log and not handed over, or handed over with a hole before it (reader.gap).
create table intake_gap (
  batch    bigint not null,
  env_hash bytea  not null,
  seen_ms  bigint not null,
  primary key (batch, env_hash)
);

create table envelope (
  grant_id  bytea  not null check (octet_length(grant_id) = 32),
  env_hash  bytea  not null check (octet_length(env_hash) = 32),
  seq       bigint not null,
  msg_id    bytea  not null,
  recv_ms   bigint not null,
  batch     bigint not null,
  log_index bigint not null,
  envelope  bytea  not null,
  stamp     bytea  not null,
  primary key (grant_id, env_hash)
);
create index envelope_by_seq on envelope (grant_id, seq);
create index envelope_by_msg on envelope (msg_id);

create table scope (
  grant_id      bytea  primary key check (octet_length(grant_id) = 32),
  group_id      bytea  not null,
  epoch         bigint not null,
  device_id     bytea  not null,
  account_id    bytea  not null,
  day           bigint not null,
  handle        text   not null,
  roster_handle bytea  not null,
  -- ScopeShown of contracts/custody_stream.proto, its roster left out.
  shown         bytea  not null
);
create index scope_by_day on scope (day);
create index scope_by_group on scope (group_id);

create table roster (
  roster_handle bytea primary key,
  -- ScopeShown with nothing but the roster and its entry.
  shown         bytea not null
);

create table order_case (
  order_id   bytea  primary key check (octet_length(order_id) = 16),
  -- The openings of its entries, under the vault's key: an order is secret until its notice date.
  sealed     bytea  not null,
  added_ms   bigint not null,
  ended_code text
);

-- Gone with the order: then nothing that was read under it can be opened again.
create table order_key (
  order_id bytea primary key,
  sealed   bytea not null
);

create table release_request (
  request_id bytea  primary key,
  order_id   bytea  not null,
  agency_id  bytea  not null,
  request    bytea  not null,
  log_index  bigint,
  -- Null while custodians are still to be asked.
  outcome    text,
  made_ms    bigint not null
);
create index release_request_open on release_request (made_ms) where outcome is null;

-- A scope that custodians refused to an agency for good.
create table scope_refusal (
  grant_id  bytea not null,
  order_id  bytea not null,
  agency_id bytea not null,
  code      text  not null,
  primary key (grant_id, order_id, agency_id)
);

-- K and the archive's data key of a grant, each under the key of an order that covers it.
create table grant_key (
  grant_id        bytea  not null,
  order_id        bytea  not null,
  agency_id       bytea  not null,
  request_index   bigint not null,
  -- Custodians whose shares gave K.
  indices         bytea  not null,
  sealed_k        bytea  not null,
  sealed_data_key bytea  not null,
  -- ReleaseReply of contracts/custodian.proto with the releases of those custodians.
  releases        bytea  not null,
  primary key (grant_id, order_id)
);
create index grant_key_by_order on grant_key (order_id);

-- What opens a custodian's type 15 entry.
create table release_entry (
  order_id  bytea  not null,
  log_index bigint not null,
  salt      bytea  not null,
  -- SHA-256 of each release, joined.
  body      bytea  not null,
  primary key (order_id, log_index)
);

create table message (
  grant_id bytea    not null,
  env_hash bytea    not null,
  msg_id   bytea    not null,
  seq      bigint   not null,
  sent_ms  bigint   not null,
  recv_ms  bigint   not null,
  -- The content under the grant's data key.
  sealed   bytea    not null,
  -- Keyed hashes of its words, and one for each order that it may be read under.
  tok      bigint[] not null,
  primary key (grant_id, env_hash)
);
create index message_by_msg on message (msg_id);
create index message_tok on message using gin (tok) with (fastupdate = off);

-- That a message may be read under an order, in the order of arrival: the cursor of the feed.
create table order_message (
  grant_id bytea  not null,
  env_hash bytea  not null,
  order_id bytea  not null,
  position bigint not null,
  primary key (grant_id, env_hash, order_id)
);
create index order_message_by_position on order_message (order_id, position);

-- Grants that were read under an order that has ended, until the log has their destroy events.
create table destroy_due (
  order_id bytea not null,
  grant_id bytea not null,
  primary key (order_id, grant_id)
);

-- What custody could not open, with the code; never its content.
create table open_fault (
  grant_id bytea not null,
  env_hash bytea not null,
  code     text  not null,
  primary key (grant_id, env_hash)
);

-- The gateway's own log entries about orders, kept before they are appended: none is lost or made twice.
create table ledger (
  number    bigint  primary key,
  order_id  bytea   not null,
  type      integer not null,
  body      bytea   not null,
  salt      bytea   not null,
  log_index bigint
);
create index ledger_open on ledger (number) where log_index is null;
create index ledger_by_order on ledger (order_id, type, number);

-- The process's role has the name of its database, so that two gateways on one server never share one; or it is `review`.
do $$
declare
  process_role text;
begin
  for process_role in select rolname from pg_roles where rolname in (current_database(), 'review') loop
    execute format('grant select, insert, update, delete on all tables in schema public to %I', process_role);
    execute format('revoke all on schema_migration from %I', process_role);
  end loop;
end $$;
