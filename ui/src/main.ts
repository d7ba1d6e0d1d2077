// Mounts the page on its backend.

import { mount } from "svelte";

import App from "./App.svelte";
import type { Backend } from "./backend";
import "./style/tokens.css";
import "./style/base.css";

async function backend(): Promise<Backend> {
  // Named by the build, so that the program's own page carries no scripted hosts.
  if (import.meta.env.MODE === "demo") return (await import("./backend/demo")).demo(location.hash.slice(1));
  return (await import("./backend/tauri")).tauri();
}

const target = document.getElementById("page");
if (target) void backend().then((backend) => mount(App, { target, props: { backend } }));
