import { UsageError } from "./cli_error.ts";

const BYTE_UNITS: Record<string, number> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};
const DURATION_UNITS_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  "": 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a number of bytes such as `512K`, `5M` or `1.5GiB`; the units are powers of 1024.
 *
 * @throws {UsageError} if the text is anything else
 */
export function parseBytes(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
  const bytes = Number(match?.[1]) * (BYTE_UNITS[match?.[2]?.toUpperCase() ?? ""] ?? NaN);
  if (!Number.isSafeInteger(Math.round(bytes))) {
    throw new UsageError(`Cannot read ${what} "${text}": it must be a size such as 512K or 5M`);
  }
  return Math.round(bytes);
}

/**
 * Reads a time such as `60s`, `5m` or `1.5h` as milliseconds; a bare number means seconds.
 *
 * @throws {UsageError} if the text is anything else
 */
export function parseDuration(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|)$/.exec(text);
  const ms = Number(match?.[1]) * (DURATION_UNITS_MS[match?.[2] ?? ""] ?? NaN);
  if (!Number.isFinite(ms)) {
    throw new UsageError(`Cannot read ${what} "${text}": it must be a time such as 60s or 5m`);
  }
  return ms;
}

/** Writes a number of bytes with three digits: `3.42 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (Math.round(bytes) >= 1_000 && unit < units.length - 1) {
    bytes /= 1_024;
    unit++;
  }
  const digits = unit === 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return `${bytes.toFixed(digits)} ${units[unit]}`;
}

/** Writes a rate: `3.42 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Writes a time: `0.42 s`, `12 s`, `3m05s`, `2h04m`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "--";
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3_600)}h${two(Math.floor(whole % 3_600 / 60))}m`;
}
