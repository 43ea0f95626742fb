/** Runs a program to its end, with everything it started. */
import { spawn } from 'node:child_process';

const limitMs = 180_000;

export function runProgram(node, args, { cwd, env }) {
  // A process group of its own, so that a program that hangs goes with its children.
  const child = spawn(node, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => (output[stream] += text));
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid, 'SIGKILL');
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ ...output, exit: late ? `nothing for ${limitMs / 1000} s` : (signal ?? code) });
    });
  });
}
