// The doorway: all that the page may ask of the program behind it, and all that it hears.

import type { Request } from "../bindings/Request";
import type { Snapshot } from "../bindings/Snapshot";

export interface Backend {
  /** Says what the person wants. What becomes of it shows in a later snapshot. */
  request(request: Request): Promise<void>;
  /** Hears every snapshot, beginning with the current one. Returns how to stop. */
  onSnapshot(hear: (snapshot: Snapshot) => void): () => void;
}
