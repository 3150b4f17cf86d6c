// The order of equal elements after sorting must be the one that Go's sort.Slice leaves. The checksums were made by a Go
// program with the same inputs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { goSort } from "../../sim/scheduler/go-sort.ts";

type Pattern = "random" | "ascending" | "descending" | "hill" | "steps";

const GOLDEN: Readonly<Record<Pattern, readonly number[]>> = {
  random: [
    244146, 258102, 920560, 442629, 765280, 888290, 41295, 999348, 205248, 684636, 195186, 471393, 935583, 364560,
    633839, 94154, 326568, 358388, 915426, 948470, 547310, 731181, 661747, 214539, 66400, 1114, 774630, 134731, 763529,
    115632, 375000, 735614, 646423, 306895, 31957, 448105, 691830, 773694, 172255, 668591,
  ],
  ascending: [
    813968, 55910, 864858, 531514, 942177, 364560, 126686, 319867, 813968, 753130, 626271, 927024, 753130, 229154,
    74461, 80360, 511428, 102196, 334388, 229154, 813968, 996091, 552357, 933130, 733330, 347011, 915887, 915887,
    207493, 653622, 62648, 927024, 347011, 308351, 996969, 558921, 733288, 965794, 307468, 846965,
  ],
  descending: [
    59706, 382480, 611073, 12249, 574620, 66436, 453255, 136790, 59706, 891983, 264401, 308794, 410801, 103753, 123413,
    641362, 285738, 984887, 603636, 425184, 298388, 878731, 437100, 23451, 756030, 170479, 309966, 669607, 558532,
    972817, 388872, 966958, 939289, 558854, 720864, 979849, 351654, 680217, 472135, 415248,
  ],
  hill: [
    153236, 471982, 270026, 693516, 719555, 280621, 586629, 878757, 153236, 171094, 868816, 823976, 473666, 229154,
    54971, 691405, 344231, 560100, 879474, 855163, 559412, 996091, 369987, 122077, 311782, 359228, 699066, 814203,
    540128, 771881, 442434, 996615, 616389, 308351, 355306, 146555, 637012, 334392, 307468, 34987,
  ],
  steps: [
    7055, 457386, 271068, 773313, 74981, 364560, 148905, 319867, 7055, 97226, 951656, 927024, 248681, 475576, 97842,
    727581, 746006, 808553, 961520, 958566, 818248, 786010, 552357, 589443, 136506, 347011, 911392, 463041, 133874,
    953258, 864617, 641384, 244191, 417140, 137496, 858189, 74527, 448246, 65083, 846965,
  ],
};

// per size: checksum of the sequence that the adversary comes to, and of the order in which that is sorted
const ADVERSARIES: readonly (readonly [size: number, sequence: number, order: number])[] = [
  [64, 689446, 886941],
  [200, 374768, 950433],
  [500, 698369, 466807],
  [2000, 611334, 433851],
];

const SPANS = [1, 2, 3, 5, 10, 1000];

function checksum(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => (sum * 31 + n) % 1_000_003, 0);
}

/** Checksum of the order in which the positions of these keys end up. */
function orderOf(keys: readonly number[]): number {
  const elements = keys.map((key, at) => ({ key, at }));
  goSort(elements, (a, b) => a.key - b.key);
  for (let i = 1; i < elements.length; i++) assert.ok(elements[i - 1]!.key <= elements[i]!.key, "sorted");
  return checksum(elements.map((e) => e.at));
}

for (const pattern of Object.keys(GOLDEN) as Pattern[]) {
  test(`ties are left as Go leaves them: ${pattern}`, () => {
    let x = 1;
    const next = (n: number) => {
      x = (x * 16807) % 2147483647;
      return x % n;
    };
    const sums = GOLDEN[pattern].map(() => {
      const size = 10 + next(120);
      const span = SPANS[next(6)]!;
      const key: Readonly<Record<Pattern, (i: number) => number>> = {
        random: () => next(span),
        ascending: (i) => Math.floor((i * span) / size),
        descending: (i) => Math.floor(((size - i) * span) / size),
        hill: (i) => (i * 2 < size ? i : size - i) % span,
        steps: (i) => (i * 7) % (span + 3),
      };
      return orderOf(Array.from({ length: size }, (_, i) => key[pattern](i)));
    });
    assert.equal(sums, GOLDEN[pattern]);
  });
}

test("up to twelve elements keep the order of ties", () => {
  for (let size = 0; size <= 12; size++) {
    const elements = Array.from({ length: size }, (_, at) => ({ key: (at * 5) % 3, at }));
    assert.equal(
      goSort(elements.slice(), (a, b) => a.key - b.key),
      elements.toSorted((a, b) => a.key - b.key),
    );
  }
});

// M. D. McIlroy, "A Killer Adversary for Quicksort" (1999): values are decided during the sort so that every pivot is bad
test("the worst input for its pivots goes the same way, over scattering and heapsort", () => {
  for (const [size, sequence, order] of ADVERSARIES) {
    const gas = size;
    const values = Array.from({ length: size }, () => gas);
    let solid = 0;
    let candidate = 0;
    goSort(
      values.map((_, i) => i),
      (a, b) => {
        if (values[a] === gas && values[b] === gas) values[a === candidate ? a : b] = solid++;
        if (values[a] === gas) candidate = a;
        else if (values[b] === gas) candidate = b;
        return values[a]! - values[b]!;
      },
    );
    assert.is(checksum(values), sequence);
    assert.is(orderOf(values), order);
  }
});

test.run();
