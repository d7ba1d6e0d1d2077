// Hands the backend, and the way to send a request, down to every component.

import { createContext } from "svelte";

import type { Button } from "../bindings/Button";
import type { Request } from "../bindings/Request";
import { copy } from "./copy";

export type Send = (request: Request) => Promise<void>;

export const [useSend, provideSend] = createContext<Send>();

/** What pressing `button` does. */
export const press = (button: Button, send: Send): Promise<void> =>
  button.act.kind === "copy" ? copy(button.act.text) : send(button.act.request);
