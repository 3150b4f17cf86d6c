// WCAG 2.2 AA: text has a contrast of 4.5:1 on every background it stands on, in both themes; lines and marks have 3:1.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DARK, LIGHT } from "../../../reports/html/theme.ts";
import { contrast } from "./contrast.ts";

test("contrast is computed as WCAG does", () => {
  assert.is(contrast("#000000", "#ffffff"), 21);
  assert.ok(Math.abs(contrast("#777777", "#ffffff") - 4.478) < 0.001);
});

for (const [name, theme] of [
  ["light", LIGHT],
  ["dark", DARK],
] as const) {
  test(`${name}: words can be read`, () => {
    for (const colour of [theme.text, theme.muted, theme.accent, theme.good, theme.bad, theme.warn]) {
      for (const ground of [theme.page, theme.card, theme.inset]) {
        assert.ok(contrast(colour, ground) >= 4.5, `${colour} on ${ground}: ${contrast(colour, ground)}`);
      }
    }
    // a pressed button
    assert.ok(contrast(theme.card, theme.accent) >= 4.5);
  });

  test(`${name}: lines can be seen, and cells that are full or out are told from the ground`, () => {
    for (const colour of [...theme.series, theme.band, theme.bad, theme.heat.at(-1)!]) {
      assert.ok(contrast(colour, theme.card) >= 3, `${colour} on ${theme.card}: ${contrast(colour, theme.card)}`);
    }
  });

  test(`${name}: a fuller node is never paler`, () => {
    const contrasts = theme.heat.map((colour) => contrast(colour, theme.card));
    assert.equal(
      contrasts,
      [...contrasts].sort((a, b) => a - b),
    );
  });
}

test.run();
