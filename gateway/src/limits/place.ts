/** What one request takes up in this process, until it is answered. */
export interface Place {
  /** Takes something more, to be given back with the place. */
  hold(giveBack: () => void): void;
  /** Gives everything back; a second time changes nothing. */
  leave(): void;
}

/** Opens a place that already takes something up. */
export function openPlace(giveBack: () => void): Place {
  const held = [giveBack];
  return {
    hold: (more) => void held.push(more),
    leave: () => {
      for (const give of held.splice(0)) give();
    },
  };
}
