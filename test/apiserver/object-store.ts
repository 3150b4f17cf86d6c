// The verbs carried out at once on a store in memory: for tests of their rules, and for tests that set the scene.
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type DeleteOptions,
  keyOf,
} from "../../sim/apiserver/client.ts";
import { EtcdStorage, objectOf, prefixOf } from "../../sim/apiserver/storage.ts";
import {
  bound,
  created,
  deleted,
  type Moment,
  statusUpdated,
  updated,
  type Verdict,
} from "../../sim/apiserver/verbs.ts";
import { Timestamps } from "../../sim/model/timestamp.ts";
import type { MemoryEtcd } from "./memory-etcd.ts";

const UNLIMITED = { isOver: false };

export class ObjectStore {
  private readonly etcd: MemoryEtcd;
  private readonly storage: EtcdStorage;
  private readonly nowMicros: () => number;
  private readonly timestamps = new Timestamps();
  private births = 0;

  /** @param etcd one that answers at once */
  constructor(etcd: MemoryEtcd, nowMicros: () => number) {
    this.etcd = etcd;
    this.nowMicros = nowMicros;
    this.storage = new EtcdStorage(etcd, () => undefined);
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    const stored = created(kind, object, `${keyOf(kind, object)}#${this.births++}`, this.moment());
    return answerOf((done) => this.storage.create(kind, stored, done));
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> | ApiError {
    return answerOf((done) => this.storage.get(UNLIMITED, kind, key, done));
  }

  /** In order of creation. */
  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    const own = this.etcd.values.filter(({ key }) => key.startsWith(prefixOf(kind)));
    return own.sort((a, b) => a.createRevision - b.createRevision).map(objectOf) as ApiObject<K>[];
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    return this.change(kind, keyOf(kind, object), (before) => updated(kind, before, object));
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    return this.change(kind, keyOf(kind, object), (before) => statusUpdated(kind, before, object));
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions): null | ApiError {
    const answer = this.change(kind, key, (before) => deleted(kind, before, options, this.moment()));
    return answer instanceof ApiError ? answer : null;
  }

  bind(binding: Binding): null | ApiError {
    const key = `${binding.namespace}/${binding.name}`;
    const answer = this.change("pods", key, (before) => bound(before, binding, this.moment()));
    return answer instanceof ApiError ? answer : null;
  }

  private change<K extends ApiKind>(kind: K, key: string, decide: (before: ApiObject<K>) => Verdict<K>) {
    return answerOf<ApiObject<K>>((done) => this.storage.change(UNLIMITED, kind, key, decide, done));
  }

  private moment(): Moment {
    return { nowMicros: this.nowMicros(), timestamps: this.timestamps };
  }
}

function answerOf<T>(ask: (done: (answer: T | ApiError) => void) => void): T | ApiError {
  const answers: (T | ApiError)[] = [];
  ask((answer) => answers.push(answer));
  if (answers.length !== 1) throw new Error(`${answers.length} answers at once`);
  return answers[0] as T | ApiError;
}
