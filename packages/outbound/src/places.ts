/** Lets so many in at a time; the others wait in line for as long as their signal lets them. */
export function openPlaces(placesMax: number): { enter(signal: AbortSignal): Promise<() => void> } {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const leave = () => {
    taken -= 1;
    waiting.shift()?.();
  };
  const once = () => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (taken >= placesMax) {
        await new Promise<void>((resolve, reject) => {
          const turn = () => {
            signal.removeEventListener('abort', giveUp);
            resolve();
          };
          const giveUp = () => {
            waiting.splice(waiting.indexOf(turn), 1);
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', giveUp, { once: true });
          waiting.push(turn);
        });
      }
      taken += 1;
      return once();
    },
  };
}
