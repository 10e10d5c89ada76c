/** What the server says of sampling lanes (docs/interfaces.md), and what is recorded there. */

export interface Lane {
  round: string;
  name: string;
  /** The place of the lane. */
  site: string;
  place: string;
  lane: string;
  shift: string | null;
  until: string;
}

export interface LanePerson {
  target: string;
  piece: string;
  household: string | null;
  name: string;
  flat: string;
  phone_end: string;
  identity_end: string;
  /** Card number of their pass. */
  number: string;
  /** Done with on this round. */
  last: boolean;
}

export interface LaneTube {
  code: string;
  /** 0 for a household. */
  capacity: number;
  taken: number;
  sealed: boolean;
  lane: string;
  /** Box in which it lies. */
  box?: string;
}

export interface LaneList {
  lane: Lane;
  now: string;
  keys: { kid: string; public: string }[];
  community: string;
  people: LanePerson[];
  tubes: LaneTube[];
  /** Boxes that were handed over here. */
  handed?: string[];
  /** People who have drawn a number and wait. */
  waiting?: number;
}

export interface Sample {
  round: string;
  site: string;
  lane: string;
  tube: string;
  capacity: number;
  piece?: string;
  target?: string;
  name?: string;
  phone?: string;
}

export interface HandOver {
  site: string;
  box: string;
  tubes: number;
  to: string;
}

export interface Seal {
  round: string;
  site: string;
  tube: string;
  box?: string;
}
