/** The part of a piece that one message asks for, withdraws or brings. */
export interface BlockRequest {
  /** The piece's index. */
  readonly index: number;
  /** Where the block begins in the piece, in bytes. */
  readonly begin: number;
  /** Bytes of the block. */
  readonly length: number;
}

/**
 * A message of the peer wire protocol (BEP 3, "peer messages"; `extended` is BEP 10; `suggest`,
 * `have-all`, `have-none`, `reject` and `allowed-fast` are BEP 6).
 */
export type Message =
  | { readonly type: "keep-alive" }
  | { readonly type: "choke" }
  | { readonly type: "unchoke" }
  | { readonly type: "interested" }
  | { readonly type: "not-interested" }
  | { readonly type: "have"; readonly index: number }
  | { readonly type: "bitfield"; readonly bits: Uint8Array }
  | ({ readonly type: "request" } & BlockRequest)
  | {
    readonly type: "piece";
    readonly index: number;
    readonly begin: number;
    readonly block: Uint8Array;
  }
  | ({ readonly type: "cancel" } & BlockRequest)
  | { readonly type: "suggest"; readonly index: number }
  | { readonly type: "have-all" }
  | { readonly type: "have-none" }
  | ({ readonly type: "reject" } & BlockRequest)
  | { readonly type: "allowed-fast"; readonly index: number }
  | { readonly type: "extended"; readonly id: number; readonly payload: Uint8Array }
  | { readonly type: "unknown"; readonly id: number; readonly payload: Uint8Array };

/** The id of each message that has one, in the byte after the length prefix. */
export const MESSAGE_ID = {
  "choke": 0,
  "unchoke": 1,
  "interested": 2,
  "not-interested": 3,
  "have": 4,
  "bitfield": 5,
  "request": 6,
  "piece": 7,
  "cancel": 8,
  "suggest": 13,
  "have-all": 14,
  "have-none": 15,
  "reject": 16,
  "allowed-fast": 17,
  "extended": 20,
} as const;
