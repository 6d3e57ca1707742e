import { readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Memory of one process and of those it started, in bytes. */
export interface ProcessMemory {
  name: string;
  pid: number;
  rssBytes: number;
  /** Pages that several processes map are counted in shares. Linux only, else the same as `rssBytes`. */
  pssBytes: number;
}

async function childrenOf(pids: number[]): Promise<Map<number, number>> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const parents = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const root = new Map(pids.map((pid) => [pid, pid]));
  for (let grew = true; grew;) {
    grew = false;
    for (const [pid = 0, parent = 0] of parents) {
      const owner = root.get(parent);
      if (owner === undefined || root.has(pid)) continue;
      root.set(pid, owner);
      grew = true;
    }
  }
  return root;
}

async function fromProc(pid: number): Promise<{ rssBytes: number; pssBytes: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { rssBytes: kibibytes('Rss') * 1024, pssBytes: kibibytes('Pss') * 1024 };
}

async function fromPs(pid: number): Promise<{ rssBytes: number; pssBytes: number }> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  const rssBytes = Number(stdout.trim()) * 1024;
  return { rssBytes, pssBytes: rssBytes };
}

/** Adds up each named process with everything it has started, without the named ones below it. */
export async function measureMemory(processes: { name: string; pid: number }[]): Promise<ProcessMemory[]> {
  const roots = await childrenOf(processes.map(({ pid }) => pid));
  const measured = processes.map(({ name, pid }) => ({ name, pid, rssBytes: 0, pssBytes: 0 }));
  for (const [pid, root] of roots) {
    const owner = measured.find((entry) => entry.pid === root);
    const memory = await fromProc(pid)
      .catch(() => fromPs(pid))
      .catch(() => null);
    if (!owner || !memory) continue; // It ended while we looked.
    owner.rssBytes += memory.rssBytes;
    owner.pssBytes += memory.pssBytes;
  }
  return measured;
}
