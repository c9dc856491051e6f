/** How hard a masked QR code would be to read (ISO/IEC 18004, section 7.8.3): runs, squares, false finders, imbalance. */

type Line = readonly boolean[];

const FINDERS: readonly Line[] = [
  [true, false, true, true, true, false, true, false, false, false, false],
  [false, false, false, false, true, false, true, true, true, false, true],
];

export function qrPenalty(rows: readonly Line[]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x] as boolean));
  const lines = [...rows, ...columns];
  return lines.reduce((total, line) => total + runs(line) + falseFinders(line), 0) + squares(rows) + imbalance(rows);
}

function runs(line: Line): number {
  let penalty = 0;
  let length = 0;
  line.forEach((isDark, i) => {
    length = isDark === line[i - 1] ? length + 1 : 1;
    if (length === 5) penalty += 3;
    else if (length > 5) penalty += 1;
  });
  return penalty;
}

function falseFinders(line: Line): number {
  const starts = line.slice(0, line.length - 10);
  const count = starts.reduce(
    (total, _, at) => total + FINDERS.filter((finder) => finder.every((isDark, i) => line[at + i] === isDark)).length,
    0,
  );
  return 40 * count;
}

function squares(rows: readonly Line[]): number {
  let count = 0;
  rows.slice(1).forEach((row, y) => {
    const above = rows[y] as Line;
    row.slice(1).forEach((isDark, x) => {
      if (row[x] === isDark && above[x] === isDark && above[x + 1] === isDark) count += 1;
    });
  });
  return 3 * count;
}

function imbalance(rows: readonly Line[]): number {
  const dark = rows.flat().filter(Boolean).length;
  const percent = (100 * dark) / rows.length ** 2;
  return 10 * Math.floor(Math.abs(percent - 50) / 5);
}
