export interface Progress {
  /** Where the work stands, and what it is at. */
  at(done: number, note?: string): void;
  /** Takes the bar away. */
  end(): void;
}

interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const barWidth = 24;
const redrawMs = 100;

export function startProgress(terminal: Terminal, label: string, total?: number): Progress {
  if (!terminal.isTTY) return { at: () => {}, end: () => {} };
  const started = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    at(done, note = "") {
      const now = performance.now();
      if (now - drawn < redrawMs) return;
      drawn = now;
      const line = [label, amount(done, total, (now - started) / 1000), note].join("  ");
      terminal.write(`\r\x1b[2K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
    },
    end() {
      terminal.write("\r\x1b[2K");
    },
  };
}

function amount(done: number, total: number | undefined, seconds: number): string {
  if (total === undefined) return `${done.toLocaleString("en")}  ${seconds.toFixed(0)} s`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  const left = share > 0.02 ? `${((seconds / share) * (1 - share)).toFixed(0)} s left` : "";
  return `${bar} ${Math.floor(share * 100)} %  ${left}`;
}
