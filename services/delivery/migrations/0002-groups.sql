-- MLS groups, by group id: the epoch in force, the members, and what each epoch's roster says in the log.

create table mls_group (
  group_id   bytea   primary key,
  kind       integer not null check (kind in (1, 2)),
  epoch      bigint  not null,
  since_ms   bigint  not null,
  -- GroupInfo of the epoch in force.
  group_info bytea   not null,
  -- A member was revoked and is not yet removed: no message is taken (PROTOCOL 5).
  blocked    boolean not null default false
);

create table group_member (
  group_id   bytea   not null references mls_group,
  device_id  bytea   not null,
  account_id bytea   not null,
  leaf_index integer not null,
  primary key (group_id, device_id)
);
create index group_member_by_device on group_member (device_id);

-- The Roster of each epoch and its entry; the salt is drawn with the row, so that an append can be repeated after a crash.
create table group_epoch (
  group_id  bytea  not null references mls_group,
  epoch     bigint not null,
  roster    bytea  not null,
  salt      bytea  not null,
  relay     bytea  not null,
  created_ms bigint not null,
  -- Null until it is appended.
  log_index bigint,
  entry     bytea,
  payload   bytea,
  primary key (group_id, epoch)
);
create index group_epoch_unlogged on group_epoch (created_ms) where log_index is null;

-- Commits, welcomes and proposals, once for all their recipients. A Commit stands with the epoch that it opens.
create table handshake (
  group_id bytea   not null references mls_group,
  epoch    bigint  not null,
  ordinal  integer not null,
  kind     integer not null check (kind in (2, 3, 4)),
  body     bytea   not null,
  created  bigint  not null,
  primary key (group_id, epoch, ordinal)
);
create index handshake_by_age on handshake (created);

-- The hour of a device's last Commit that neither added nor removed.
create table commit_hour (
  group_id  bytea   not null references mls_group,
  device_id bytea   not null,
  hour      bigint  not null,
  primary key (group_id, device_id)
);

grant select, insert, update, delete on mls_group, group_member, group_epoch, handshake, commit_hour to delivery;
