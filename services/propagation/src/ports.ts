import type { MemberClient, MemberEndpoint } from '@flotilla/member/member-client';

/** Opens access to a member; production: HTTP pools. */
export type ConnectMember = (endpoint: MemberEndpoint) => MemberClient;

/** One structured line about something that an operator may want to know. */
export interface Report {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export type Reporter = (report: Report) => void;
