// The order of criteria by which one of several candidate nodes is picked, and the order of victims.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreemptionCandidate } from "../../../sim/scheduler/framework.ts";
import { byImportance } from "../../../sim/scheduler/preemption/importance.ts";
import { bestCandidates } from "../../../sim/scheduler/preemption/selection.ts";
import { ShapeTable } from "../../../sim/scheduler/shape.ts";
import { pod } from "../cluster.ts";

const shapes = new ShapeTable();
/** [priority, seconds after the start of the run; null = not started] */
type Victim = readonly [priority: number, started: number | null];

function victim([priority, started]: Victim, i: number) {
  return shapes.info(pod(`v${i}`, { priority, ...(started === null ? {} : { started }) }));
}

function candidate(nodeName: string, pdbViolations: number, victims: readonly Victim[]): PreemptionCandidate {
  return { nodeName, pdbViolations, victims: victims.map(victim) };
}

const cases: readonly (readonly [
  rule: string,
  best: string,
  candidates: readonly (readonly [number, readonly Victim[]])[],
])[] = [
  [
    "fewest broken budgets, before everything else",
    "b",
    [
      [1, [[1, 9]]],
      [
        0,
        [
          [9, 0],
          [9, 0],
          [9, 0],
        ],
      ],
    ],
  ],
  [
    "lowest priority of the most important victim",
    "b",
    [
      [0, [[5, 0]]],
      [
        0,
        [
          [4, 0],
          [4, 0],
        ],
      ],
    ],
  ],
  [
    "smallest sum of priorities",
    "b",
    [
      [
        0,
        [
          [5, 0],
          [4, 0],
        ],
      ],
      [
        0,
        [
          [5, 0],
          [3, 0],
        ],
      ],
    ],
  ],
  [
    "with negative priorities, fewer victims make the smaller sum",
    "b",
    [
      [
        0,
        [
          [-1, 0],
          [-5, 0],
        ],
      ],
      [0, [[-1, 0]]],
    ],
  ],
  [
    "a sum beyond 32 bits",
    "b",
    [
      [
        0,
        [
          [2147483647, 0],
          [2147483646, 0],
        ],
      ],
      [
        0,
        [
          [2147483647, 0],
          [2147483645, 0],
        ],
      ],
    ],
  ],
  [
    "fewest victims, where the sums are equal",
    "b",
    [
      [
        0,
        [
          [0, 0],
          [-2147483648, 0],
        ],
      ],
      [0, [[0, 0]]],
    ],
  ],
  [
    "latest of the earliest starts of the most important victims",
    "b",
    [
      [0, [[5, 10]]],
      [0, [[5, 20]]],
    ],
  ],
  [
    "starts of less important victims do not count",
    "b",
    [
      [
        0,
        [
          [5, 10],
          [1, 50],
        ],
      ],
      [
        0,
        [
          [5, 20],
          [1, 0],
        ],
      ],
    ],
  ],
  [
    "the earliest of several important victims counts",
    "b",
    [
      [
        0,
        [
          [5, 50],
          [5, 10],
        ],
      ],
      [
        0,
        [
          [5, 20],
          [5, 20],
        ],
      ],
    ],
  ],
  [
    "a victim that has not started is the youngest",
    "b",
    [
      [0, [[5, 50]]],
      [0, [[5, null]]],
    ],
  ],
  [
    "everything equal: all are left, in order",
    "a,b",
    [
      [0, [[5, 10]]],
      [0, [[5, 10]]],
    ],
  ],
  [
    "two of three",
    "a,c",
    [
      [0, [[5, 10]]],
      [0, [[6, 10]]],
      [0, [[5, 10]]],
    ],
  ],
];

for (const [rule, best, candidates] of cases) {
  test(rule, () => {
    const given = candidates.map(([violations, victims], i) => candidate("abc"[i] as string, violations, victims));
    const pick = (list: readonly PreemptionCandidate[]) => bestCandidates(list).map((c) => c.nodeName);
    assert.is(pick(given).join(","), best);
    assert.is(pick(given.toReversed()).toReversed().join(","), best);
  });
}

test("without candidates there is no best one", () => {
  assert.equal(bestCandidates([]), []);
});

test("importance: higher priority, then earlier start, then the order given", () => {
  const victims = (
    [
      [1, 5],
      [2, 9],
      [2, 3],
      [1, 5],
      [2, null],
      [3, null],
    ] as const
  ).map(victim);
  const sorted = victims.toSorted(byImportance).map((v) => v.pod.metadata.name);
  assert.equal(sorted, ["v5", "v2", "v1", "v4", "v0", "v3"]);
});

test.run();
