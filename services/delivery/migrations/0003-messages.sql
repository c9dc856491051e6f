-- Two families that never join: mailbox rows by recipient device, envelopes and grants by grant id. Message ids are a third.

create table mailbox_head (
  device_id     bytea   primary key,
  last_sequence bigint  not null default 0,
  waiting       integer not null default 0
) with (fillfactor = 70);

-- A row names its body and holds none: one message to many recipients is stored once.
create table mailbox (
  device_id bytea   not null,
  sequence  bigint  not null,
  -- 1 message, 2 commit, 3 welcome, 4 proposal
  kind      integer not null check (kind between 1 and 4),
  -- Of a message.
  grant_id  bytea,
  day       bigint,
  seq       bigint,
  batch     bigint,
  -- Of a handshake.
  group_id  bytea,
  epoch     bigint,
  ordinal   integer,
  primary key (device_id, sequence)
);

create table scope_grant (
  grant_id   bytea  primary key check (octet_length(grant_id) = 32),
  -- H("AC1 scope", Scope): one grant for a scope.
  scope_hash bytea  not null,
  day        bigint not null,
  grant_bytes bytea not null,
  salt       bytea  not null,
  relay      bytea  not null,
  created_ms bigint not null,
  -- Null until it is appended.
  log_index  bigint,
  entry      bytea,
  payload    bytea,
  -- Where the chain of its envelopes stands.
  last_seq   bigint not null default 0,
  last_hash  bytea  not null
) with (fillfactor = 80);
create index scope_grant_by_day on scope_grant (day);
create index scope_grant_unlogged on scope_grant (created_ms) where log_index is null;

create table scope_slot (
  scope_hash bytea  primary key,
  grant_id   bytea  not null,
  day        bigint not null
);
create index scope_slot_by_day on scope_slot (day);

-- By day of the scope, which the envelope's grant says: an envelope that is sent again is the same row.
create table envelope (
  grant_id    bytea   not null,
  day         bigint  not null,
  seq         bigint  not null,
  msg_id      bytea   not null,
  env_hash    bytea   not null,
  batch       bigint  not null,
  position    integer not null,
  -- Merkle path of env_hash in the batch: sibling hashes, joined.
  path        bytea   not null,
  stamp       bytea   not null,
  envelope    bytea   not null,
  mls_message bytea   not null,
  primary key (grant_id, day, seq)
) partition by range (day);
create index envelope_by_batch on envelope (batch);

create table seen_message (
  msg_id   bytea  not null,
  day      bigint not null,
  env_hash bytea  not null,
  device_id bytea not null,
  batch    bigint not null,
  stamp    bytea  not null,
  primary key (msg_id, day)
) partition by range (day);

create table envelope_batch (
  batch     bigint  primary key,
  count     integer not null,
  root      bytea   not null,
  salt      bytea   not null,
  relay     bytea   not null,
  created_ms bigint not null,
  -- Null until it is appended.
  log_index bigint,
  entry     bytea,
  payload   bytea
);
create index envelope_batch_unlogged on envelope_batch (batch) where log_index is null;

-- The last batch number given out. One row: numbers grow by one, without a gap, across all processes.
create table batch_number (
  only_row boolean primary key default true check (only_row),
  last     bigint  not null
);
insert into batch_number (last) values (0);

grant select, insert, update, delete on
  mailbox_head, mailbox, scope_grant, scope_slot, envelope, seen_message, envelope_batch
to delivery;
grant select, update on batch_number to delivery;

-- Partitions are made and dropped by the owner's function: the service may change no table.
create function ensure_partitions(today bigint) returns void
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  block bigint;
  one   bigint;
begin
  -- Envelopes in blocks of 30 days.
  for block in select distinct (today + ahead) / 30 from generate_series(-1, 2) ahead loop
    execute format('create table if not exists envelope_%s partition of envelope for values from (%s) to (%s)',
                   block, block * 30, block * 30 + 30);
  end loop;
  for one in select today + ahead from generate_series(-1, 2) ahead loop
    execute format('create table if not exists seen_message_%s partition of seen_message for values from (%s) to (%s)',
                   one, one, one + 1);
  end loop;
end $$;

create function drop_partitions(envelopes_before bigint, seen_before bigint) returns void
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part record;
begin
  for part in
    select c.relname, c.relname::text as name, p.relname as parent, substring(c.relname from '_(\d+)$')::bigint as number
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname in ('envelope', 'seen_message')
  loop
    if (part.parent = 'envelope' and part.number * 30 + 30 <= envelopes_before)
      or (part.parent = 'seen_message' and part.number < seen_before) then
      execute format('drop table %I', part.name);
    end if;
  end loop;
end $$;

grant execute on function ensure_partitions(bigint), drop_partitions(bigint, bigint) to delivery;
