// Plain JavaScript, started from src/ by development, tests and production alike (as the .graphql files are read),
// because a worker thread is loaded by Node itself and not by tsx or jest.
// zxcvbn costs up to 320 ms of CPU for 64 characters (facts, measured) and more than a second for 256: it must neither
// block the event loop nor see more than 64.
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: english.translations,
  maxLength: 64,
});

// A repetition or a sequence ends for zxcvbn where the case changes, so the capital that our own rules ask for, put in
// front as nearly everybody does, would hide `Aaaaaaaaaaa-1` from it: the lower-case twin is judged as well.
parentPort.on('message', ({ password, personalDetails }) => {
  const twins = new Set([password, password.toLowerCase()]);
  const scores = [...twins].map((twin) => zxcvbn.check(twin, personalDetails).score);
  parentPort.postMessage(Math.min(...scores));
});
parentPort.postMessage('ready');
