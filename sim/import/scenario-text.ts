// A scenario as a person would write it: what the import has to say as comments at the top, keys in the order of docs/SCENARIOS.md, and
// entries of lists on one line where they are short.
import { Document, isCollection, isPair, isSeq, visit } from "yaml";

const SHORT = 130;
const LINES = new Set(["machine", "labels", "metadata"]);

/** @param comments lines without their `#` */
export function scenarioText(scenario: object, comments: readonly string[]): string {
  const document = new Document(scenario, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node, path) {
      const parent = path.at(-1);
      const isItem = parent !== undefined && (isSeq(parent) || (isPair(parent) && LINES.has(String(parent.key))));
      if ((isItem || isLeafList(node)) && JSON.stringify(node.toJSON()).length <= SHORT) {
        node.flow = true;
        return visit.SKIP;
      }
      return undefined;
    },
  });
  const head = comments.map((line) => (line === "" ? "#" : `# ${oneLine(line)}`));
  return `${head.join("\n")}\n${document.toString({ lineWidth: 0, flowCollectionPadding: true })}`;
}

function isLeafList(node: unknown): boolean {
  return isSeq(node) && node.items.every((item) => !isCollection(item));
}

// what would end a comment
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}
