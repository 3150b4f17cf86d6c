// What an etcd member answers, by request. Plain data, never changed after it is made. `revision` is the header's: of the
// store when the answer was made. Errors are EtcdError.
import type { EtcdError } from "./error.ts";
import type { EtcdRequest, KeyValue } from "./request.ts";

export interface PutAnswer {
  readonly kind: "put";
  readonly revision: number;
  readonly prevKv: KeyValue | null;
}

export interface RangeAnswer {
  readonly kind: "range";
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** Keys in the range, whatever the limit. */
  readonly count: number;
  readonly more: boolean;
}

export interface DeleteRangeAnswer {
  readonly kind: "deleteRange";
  readonly revision: number;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export type OpAnswer = PutAnswer | RangeAnswer | DeleteRangeAnswer | TxnAnswer;

export interface TxnAnswer {
  readonly kind: "txn";
  readonly revision: number;
  /** Did the compares hold? */
  readonly succeeded: boolean;
  /** Of the operations of the branch that was taken. */
  readonly responses: readonly OpAnswer[];
}

export interface CompactAnswer {
  readonly kind: "compact";
  readonly revision: number;
}

/** What a request is answered when it is not refused. */
export type AnswerTo<R extends EtcdRequest> = R extends { readonly kind: "put" }
  ? PutAnswer
  : R extends { readonly kind: "range" }
    ? RangeAnswer
    : R extends { readonly kind: "deleteRange" }
      ? DeleteRangeAnswer
      : R extends { readonly kind: "txn" }
        ? TxnAnswer
        : R extends { readonly kind: "compact" }
          ? CompactAnswer
          : unknown;

export type Answered<R extends EtcdRequest> = (answer: AnswerTo<R> | EtcdError) => void;
