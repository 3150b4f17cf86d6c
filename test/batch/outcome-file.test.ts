// Records of runs: what goes in comes out, and nothing that is damaged is believed.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeOutcome, encodeOutcome, RecordError } from "../../sim/batch/outcome-file.ts";
import { fakeOutcome } from "./fakes.ts";

const summary = { measured: 1.5, nothing: Number.NaN, endless: -Infinity, zero: 0, large: 9007199254740991 };

test("a record holds the run's facts and the bytes of its tables, also where JSON has no number for them", () => {
  const outcome = fakeOutcome("7", summary, 'a,b\n\u00e4,"c\nd"\n');
  const { facts, parts } = decodeOutcome("key", encodeOutcome("key", outcome));
  assert.equal(facts.identity, outcome.identity);
  assert.equal(facts.summary, summary);
  assert.ok(Number.isNaN(facts.verdicts[0]!.actual));
  assert.is(facts.verdicts[0]!.violatedMicros, undefined);
  assert.equal(
    parts.map(({ report, bytes }) => [report, Buffer.from(bytes).toString()]),
    outcome.parts.map(({ report, bytes }) => [report, Buffer.from(bytes).toString()]),
  );
});

test("equal outcomes are equal bytes", () => {
  assert.equal(encodeOutcome("key", fakeOutcome("7", summary)), encodeOutcome("key", fakeOutcome("7", summary)));
});

test("any cut, and a changed byte anywhere, is found", () => {
  const record = encodeOutcome("key", fakeOutcome("7", summary));
  for (let at = 0; at < record.length; at++) {
    assert.throws(
      () => decodeOutcome("key", record.subarray(0, at)),
      (e: Error) => e instanceof RecordError,
      `cut at ${at}`,
    );
    if (at === 64) continue; // the line's end behind the checksum says nothing
    const changed = Uint8Array.from(record);
    changed[at]! ^= 1;
    assert.throws(
      () => decodeOutcome("key", changed),
      (e: Error) => e instanceof RecordError,
      `changed at ${at}`,
    );
  }
});

test("the record of another run is refused", () => {
  const record = encodeOutcome("one", fakeOutcome("7"));
  assert.throws(() => decodeOutcome("other", record), /of another run/);
});

test.run();
