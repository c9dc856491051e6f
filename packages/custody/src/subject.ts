/** Subject: whom or what an order is about (PROTOCOL 10.1). */
import { type Codec, encode, enumeration, equal, toHex } from '@countersign/bytes';
import { type AccountId, accountId, type DeviceId, deviceId, type GroupId, groupId } from './ids.ts';

export const SubjectType = { account: 1, device: 2, group: 3, participantOfGroups: 4, network: 5 } as const;
export type SubjectType = (typeof SubjectType)[keyof typeof SubjectType];

export type Subject =
  | { readonly type: 1; readonly accountId: AccountId }
  | { readonly type: 2; readonly deviceId: DeviceId }
  | { readonly type: 3; readonly groupId: GroupId }
  | { readonly type: 4; readonly accountId: AccountId }
  | { readonly type: 5 };

const typeCodec = enumeration(1, [1, 2, 3, 4, 5]);

export const subjectCodec: Codec<Subject> = {
  read(reader) {
    const type = typeCodec.read(reader);
    switch (type) {
      case SubjectType.account:
      case SubjectType.participantOfGroups:
        return { type, accountId: accountId.read(reader) };
      case SubjectType.device:
        return { type, deviceId: deviceId.read(reader) };
      case SubjectType.group:
        return { type, groupId: groupId.read(reader) };
      case SubjectType.network:
        return { type };
    }
  },
  write(writer, subject) {
    typeCodec.write(writer, subject.type);
    switch (subject.type) {
      case SubjectType.account:
      case SubjectType.participantOfGroups:
        return accountId.write(writer, subject.accountId);
      case SubjectType.device:
        return deviceId.write(writer, subject.deviceId);
      case SubjectType.group:
        return groupId.write(writer, subject.groupId);
      case SubjectType.network:
        return;
    }
  },
};

/** How far an order reaches: 1 one person, 2 one group or one person's groups, 3 the network (PROTOCOL 10.2, step 9). */
export type Breadth = 1 | 2 | 3;

/** The breadth of the widest subject; more than `maxSubjects` subjects of any type are as wide as the network. */
export function breadthOf(subjects: readonly Subject[], maxSubjects: number): Breadth {
  const types = new Set(subjects.map(({ type }) => type));
  if (types.has(SubjectType.network) || subjects.length > maxSubjects) return 3;
  return types.has(SubjectType.group) || types.has(SubjectType.participantOfGroups) ? 2 : 1;
}

/** What a scope offers to be matched by: its sender, its group, and the accounts of the roster, in hex: both lists may be long. */
export interface SubjectTarget {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly groupId: GroupId;
  readonly members: ReadonlySet<string>;
}

/** Whether the subject holds for a scope (PROTOCOL 10.3, step 6). */
export function isSubjectOf(subject: Subject, target: SubjectTarget): boolean {
  switch (subject.type) {
    case SubjectType.account:
      return equal(subject.accountId, target.accountId);
    case SubjectType.device:
      return equal(subject.deviceId, target.deviceId);
    case SubjectType.group:
      return equal(subject.groupId, target.groupId);
    case SubjectType.participantOfGroups:
      return target.members.has(toHex(subject.accountId));
    case SubjectType.network:
      return true;
  }
}

/** Whether the two lists have a subject in common, the type included. */
export function shareSubject(a: readonly Subject[], b: readonly Subject[]): boolean {
  const keys = new Set(a.map((subject) => toHex(encode(subjectCodec, subject))));
  return b.some((subject) => keys.has(toHex(encode(subjectCodec, subject))));
}
