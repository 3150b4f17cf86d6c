// A CSV table of ours as a Parquet file: the same rows and columns, typed, with null for empty cells. It is read and written row group by row
// group, so that tables may be larger than the memory.
import { basename } from "node:path";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import {
  type BatchTable,
  differencesTable,
  failuresTable,
  statisticsTable,
} from "../../reports/columns/batch-tables.ts";
import { IDENTITY_COLUMNS } from "../../reports/columns/identity.ts";
import { REPORTS } from "../../reports/columns/registry.ts";
import { readRecords } from "./csv-records.ts";

type ParquetType = "DOUBLE" | "INT64" | "BOOLEAN" | "BYTE_ARRAY";
type Cell = number | bigint | boolean | string | null;

const GROUP_ROWS = 50_000;
const IDENTITY_TYPES: Readonly<Record<string, ParquetType>> = {
  sim_duration_s: "DOUBLE",
  events_processed: "INT64",
  result_valid: "BOOLEAN",
};

/**
 * Writes the table.
 *
 * @param path of the CSV file, whose name says which table it is
 * @param append takes the bytes, in order
 */
export async function writeParquet(path: string, append: (bytes: Uint8Array) => void): Promise<void> {
  const types = typesOf(basename(path, ".csv"));
  const writer = new ByteWriter() as ByteWriter & { flush?: () => void };
  const flush = () => {
    append(writer.getBytes().slice());
    writer.index = 0;
  };
  writer.flush = flush;
  let file: ParquetWriter | undefined;
  let names: readonly string[] = [];
  let columns: Cell[][] = [];
  const writeGroup = () => {
    const columnData = names.map((name, i) => ({ name, data: columns[i]! }));
    file!.write({ columnData, rowGroupSize: GROUP_ROWS });
    columns = names.map(() => []);
  };
  const take = (record: readonly string[]) => {
    if (file === undefined) {
      names = record;
      columns = names.map(() => []);
      file = new ParquetWriter({ writer, schema: schemaOf(names, types), createdBy: "kubedrill" });
      return;
    }
    for (const [i, text] of record.entries()) columns[i]!.push(cellOf(text, types.get(names[i]!) ?? "BYTE_ARRAY"));
    if (columns[0]!.length >= GROUP_ROWS) writeGroup();
  };
  await readRecords(path, take);
  if (columns.length > 0 && columns[0]!.length > 0) writeGroup();
  file!.finish();
  flush();
}

function schemaOf(names: readonly string[], types: ReadonlyMap<string, ParquetType>) {
  const columns = names.map((name) => {
    const type = types.get(name) ?? "BYTE_ARRAY";
    const optional = { name, type, repetition_type: "OPTIONAL" as const };
    return type === "BYTE_ARRAY" ? { ...optional, converted_type: "UTF8" as const } : optional;
  });
  return [{ name: "root", num_children: names.length }, ...columns];
}

function cellOf(text: string, type: ParquetType): Cell {
  if (text === "") return null;
  if (type === "BYTE_ARRAY") return text;
  if (type === "BOOLEAN") return text === "true";
  if (type === "INT64") return BigInt(text);
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

/** By name of the column. */
function typesOf(table: string): ReadonlyMap<string, ParquetType> {
  const report = REPORTS.find(({ name }) => name === table);
  if (report !== undefined) {
    const identity = IDENTITY_COLUMNS.map(({ name }) => [name, IDENTITY_TYPES[name] ?? "BYTE_ARRAY"] as const);
    return new Map([...identity, ...report.columns.map(({ name, format }) => [name, typeOfFormat(format)] as const)]);
  }
  const tables: readonly BatchTable<never>[] = [statisticsTable, differencesTable, failuresTable];
  const columns = tables.find(({ name }) => name === table)?.columns ?? [];
  return new Map(columns.map(({ name, unit }) => [name, typeOfUnit(unit)] as const));
}

function typeOfFormat(format: string): ParquetType {
  if (format === "text") return "BYTE_ARRAY";
  if (format === "flag") return "BOOLEAN";
  return format === "count" ? "INT64" : "DOUBLE";
}

function typeOfUnit(unit: string): ParquetType {
  if (unit === "text") return "BYTE_ARRAY";
  return unit === "whole number" ? "INT64" : "DOUBLE";
}
