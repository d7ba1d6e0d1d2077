// The doorway inside the desktop window. The only file that knows Tauri.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Snapshot } from "../bindings/Snapshot";
import type { Backend } from ".";

export function tauri(): Backend {
  return {
    request: (request) => invoke("request", { request }),

    onSnapshot(hear) {
      let stopped = false;
      let unlisten: (() => void) | undefined;
      const pass = (snapshot: Snapshot) => {
        if (!stopped) hear(snapshot);
      };
      // Listen first: a snapshot between the two would be lost the other way round.
      listen<Snapshot>("snapshot", (event) => pass(event.payload))
        .then(async (stop) => {
          if (stopped) return stop();
          unlisten = stop;
          pass(await invoke<Snapshot>("snapshot"));
        })
        .catch((error: unknown) => console.error("The program behind the page does not answer", error));
      return () => {
        stopped = true;
        unlisten?.();
      };
    },
  };
}
