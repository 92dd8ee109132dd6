import { readFileSync } from 'node:fs';

/** The kernel reports CPU time to user space in hundredths of a second on every architecture that Node supports. */
const MS_PER_TICK = 10;
const BYTES_PER_KIB = 1024;

/** CPU time that the process has used since it started, user and system, in milliseconds (resolution 10 ms). Linux only. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in parentheses and may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Resident memory of the process in bytes. Linux only. */
export function processRssBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS');
}

/** The largest resident memory that the process ever had, in bytes. Linux only. */
export function processPeakRssBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM');
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const line = status.split('\n').find((candidate) => candidate.startsWith(`${field}:`));
  if (line === undefined) throw new Error(`process ${pid} reports no ${field}: it has ended`);
  return Number.parseInt(line.slice(field.length + 1), 10) * BYTES_PER_KIB;
}
